/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of rules and the decision: the sets of all fields intersected, then the first match of each policy.
 *
 * Bit-vector classification (Lakshman & Stiliadis, 1998) over sparse sets: only words that all sets have are looked at,
 * so the cost follows the number of matching policies, not the number of rules.
 */
#ifndef SALLYPORT_RULES_H
#define SALLYPORT_RULES_H

static __always_inline __u64 set_summary(struct sp_policy_tables *t, __u32 set)
{
    return t->sets[set & (SP_MAX_SET_WORDS - 1)];
}

/* Word `word` (rules 64·word …) of a set: absent words are empty. Without a branch: the verifier would follow each. */
static __always_inline __u64 set_word(struct sp_policy_tables *t, __u32 set, __u32 word)
{
    __u64 summary = set_summary(t, set), bit = 1ull << (word & 63);
    __u64 present = -(summary >> (word & 63) & 1);
    __u32 index = set + 1 + (__u32)__builtin_popcountll(summary & (bit - 1));
    return t->sets[index & (SP_MAX_SET_WORDS - 1)] & present;
}

static __always_inline __u64 selection_summary(struct sp_policy_tables *t, const struct selection *s)
{
    __u64 summary = 0;
#pragma unroll
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        summary |= set_summary(t, s->set[i]);
    return summary;
}

static __always_inline __u64 selection_word(struct sp_policy_tables *t, const struct selection *s, __u32 word)
{
    __u64 value = 0;
#pragma unroll
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        value |= set_word(t, s->set[i], word);
    return value;
}

/* The classes that a path belongs to, one an automaton. */
enum { CLASSES_WALKED = 0, CLASSES_UNRESOLVABLE = 1, CLASSES_ABSENT = 2, CLASSES_MISSING = 3 };
struct classes {
    __u32 kind;
    __u32 pad;
    __u32 number[SP_MAX_AUTOMATA];
};

/* Walks the path in s->path that `r` describes through every automaton. */
__noinline int classify_path(struct sp_policy_tables *t, struct scratch *s, struct resolved *r, struct classes *out)
{
    if (!t || !s || !r || !out)
        return 0;
    out->kind = CLASSES_UNRESOLVABLE;
    out->pad = 0;
    if (r->unresolvable)
        return 0;
    out->kind = CLASSES_WALKED;
    walk_automata(t, s->path, r->start, out->number);
    return 0;
}

static __always_inline struct sp_class *class_at(struct sp_policy_tables *t, __u32 number)
{
    number &= SP_MAX_CLASSES - 1;
    asm volatile("" : "+r"(number));
    if (number >= SP_MAX_CLASSES)
        return 0;
    return &t->classes[number];
}

/* The sets that classes give for a field (enum sp_path_field with its side). */
__noinline int select_field(struct sp_policy_tables *t, struct classes *c, __u32 field, struct selection *out)
{
    if (!t || !c || !out)
        return 0;
#pragma unroll
    for (int i = 0; i < SP_MAX_AUTOMATA; i++)
        out->set[i] = 0;
    if (field >= SP_PATH_FIELDS)
        return 0;
    if (c->kind != CLASSES_WALKED) {
        out->set[0] = c->kind == CLASSES_UNRESOLVABLE ? t->unresolvable.set[field] : t->absent.set[field];
        return 0;
    }
#pragma unroll
    for (__u32 i = 0; i < SP_MAX_AUTOMATA; i++) {
        if (i >= t->automata)
            break;
        struct sp_class *class = class_at(t, c->number[i]);
        if (class)
            out->set[i] = class->set[field];
    }
    return 0;
}

/* The lists of ancestors that an executable of these classes is in. */
static __always_inline __u64 ancestor_lists(struct sp_policy_tables *t, struct classes *c)
{
    if (c->kind != CLASSES_WALKED)
        return c->kind == CLASSES_UNRESOLVABLE ? t->unresolvable.ancestors : 0;
    __u64 lists = 0;
#pragma unroll
    for (__u32 i = 0; i < SP_MAX_AUTOMATA; i++) {
        if (i >= t->automata)
            break;
        struct sp_class *class = class_at(t, c->number[i]);
        if (class)
            lists |= class->ancestors;
    }
    return lists;
}

struct value_search {
    struct sp_policy_tables *tables;
    __u64 key;
    struct {
        __u32 low, high; /* it is in low … high - 1, if at all */
    } at;
};

static long value_step(__u32 index, struct value_search *search)
{
    struct sp_policy_tables *t = search->tables;
    if (search->at.low >= search->at.high)
        return 1;
    __u32 middle = (search->at.low + search->at.high) / 2 & (SP_MAX_VALUES - 1);
    asm volatile("" : "+r"(middle));
    if (middle >= SP_MAX_VALUES)
        return 1;
    __u64 key = t->values[middle].key;
    if (key == search->key) {
        search->at.low = middle;
        search->at.high = middle;
        return 1;
    }
    if (key < search->key)
        search->at.low = middle + 1;
    else
        search->at.high = middle;
    return 0;
}

/* The place of a value in the tables, or SP_MAX_VALUES: a binary search. */
__noinline int find_value(struct sp_policy_tables *t, __u64 key)
{
    if (!t)
        return SP_MAX_VALUES;
    struct value_search search = {.tables = t, .key = key, .at.high = t->value_count};
    forget(&search.at, sizeof(search.at));
    bpf_loop(14, value_step, &search, 0);
    __u32 at = search.at.low;
    if (at >= SP_MAX_VALUES || t->values[at].key != key)
        return SP_MAX_VALUES;
    return at;
}

static __always_inline struct sp_value *value_of(struct sp_policy_tables *t, __u64 key)
{
    __u32 at = find_value(t, key);
    asm volatile("" : "+r"(at));
    return at < SP_MAX_VALUES ? &t->values[at] : 0;
}

struct digest_search {
    void *digests;
    __u64 word[4];
    struct {
        __u32 low, high;
        __u32 found;
        __u32 pad;
    } at;
};

static long digest_step(__u32 index, struct digest_search *search)
{
    if (search->at.low >= search->at.high)
        return 1;
    __u32 middle = search->at.low + (search->at.high - search->at.low) / 2;
    struct sp_digest *d = bpf_map_lookup_elem(search->digests, &middle);
    if (!d)
        return 1;
    int order = 0;
#pragma unroll
    for (int i = 3; i >= 0; i--) { /* computed: the first word that differs, that is the last one looked at, decides */
        __u64 a = d->word[i], b = search->word[i];
        order = a < b ? -1 : a > b ? 1 : order;
    }
    if (!order) {
        search->at.found = middle;
        return 1;
    }
    if (order < 0)
        search->at.low = middle + 1;
    else
        search->at.high = middle;
    return 0;
}

/* The set of a digest's field. A generation whose digests are gone (its tables are too, in a moment) knows none. */
__noinline int digest_set(struct sp_policy_tables *t, struct sp_content_digest *digest, __u32 field)
{
    if (!t || !digest)
        return 0;
    field &= SP_DIGEST_FIELDS - 1;
    __u32 slot = t->digest_slot & 1, zero = 0;
    struct digest_search search = {.at.low = 1, .at.high = t->digest_count + 1};
    if (!t->digest_count)
        return t->other_digest[field];
    search.digests = bpf_map_lookup_elem(&digests, &slot);
    if (!search.digests)
        return t->unknown_digest[field];
    struct sp_digest *head = bpf_map_lookup_elem(search.digests, &zero);
    if (!head || head->word[0] != t->generation)
        return t->unknown_digest[field];
#pragma unroll
    for (int i = 0; i < 4; i++)
        search.word[i] = digest->word[i];
    forget(&search.at, sizeof(search.at));
    bpf_loop(24, digest_step, &search, 0);
    if (!search.at.found)
        return t->other_digest[field];
    __u32 found = search.at.found;
    struct sp_digest *d = bpf_map_lookup_elem(search.digests, &found);
    return d ? d->set[field] : t->unknown_digest[field];
}

struct candidate_search {
    struct sp_policy_tables *tables;
    struct process_sets *subject;
    __u32 operation; /* sets */
    __u32 detail;
    struct {
        __u64 words; /* not looked at yet */
        __u64 found;
    } at;
};

static long candidate_step(__u32 index, struct candidate_search *c)
{
    struct sp_policy_tables *t = c->tables;
    if (!c->at.words)
        return 1;
    __u32 word = (__u32)__builtin_ctzll(c->at.words) & (SP_SET_WORDS - 1);
    c->at.words &= c->at.words - 1;
    asm volatile("" : "+r"(word));
    if (word >= SP_SET_WORDS)
        return 1;
    c->at.found = c->subject->words[word] & set_word(t, c->operation, word) & set_word(t, c->detail, word);
    return c->at.found != 0;
}

/* Whether any rule is left when nothing is known of the object yet. */
__noinline int has_candidates(struct sp_policy_tables *t, struct process_sets *subject, __u32 operation, __u32 detail)
{
    if (!t || !subject)
        return 1;
    struct candidate_search c = {.tables = t, .subject = subject, .operation = operation, .detail = detail};
    c.at.words = subject->summary & set_summary(t, operation) & set_summary(t, detail);
    forget(&c.at, sizeof(c.at));
    bpf_loop(SP_SET_WORDS, candidate_step, &c, 0);
    return c.at.found != 0;
}

#define QUESTION_SETS 6
struct question {
    struct selection path;
    __u32 set[QUESTION_SETS]; /* operation, detail, flags, file system, digest, verity; unused ones are all rules */
};

struct answer {
    __u32 verdict; /* enum sp_verdict */
    __u32 rule;
};

struct evaluation {
    struct sp_policy_tables *tables;
    struct process_sets *subject;
    struct process_sets *object; /* the subject's where the object is no process */
    struct question question;
    struct {
        __u64 words;   /* words not looked at yet */
        __u64 current; /* rules of the current word not looked at yet */
        __u32 word;
        __u32 skip_to; /* rules below are of a policy that has decided */
        __u32 verdict;
        __u32 rule;
        __u32 tier;
        __u32 asks; /* whether `rule` is one that asks */
    } at;
};

#define NO_TIER 0xffu

static long evaluate_step(__u32 index, struct evaluation *e)
{
    struct sp_policy_tables *t = e->tables;
    if (!e->at.current) {
        if (!e->at.words)
            return 1;
        __u32 word = (__u32)__builtin_ctzll(e->at.words) & (SP_SET_WORDS - 1);
        e->at.words &= e->at.words - 1;
        asm volatile("" : "+r"(word));
        if (word >= SP_SET_WORDS)
            return 1;
        __u64 value = e->subject->words[word] & e->object->words[word];
#pragma unroll
        for (int i = 0; i < QUESTION_SETS; i++)
            value &= set_word(t, e->question.set[i], word);
        value &= selection_word(t, &e->question.path, word);
        if (e->at.skip_to > word * 64) {
            __u32 skipped = e->at.skip_to - word * 64;
            value = skipped > 63 ? 0 : value & (~0ull << skipped);
        }
        e->at.word = word;
        e->at.current = value;
        forget(&e->at, sizeof(e->at)); /* one state for the verifier, whatever way it came here */
        return 0;
    }
    __u32 number = e->at.word * 64 + (__u32)__builtin_ctzll(e->at.current);
    asm volatile("" : "+r"(number)); /* the compiler knows that it is in range, the verifier must see it */
    number &= SP_MAX_RULES - 1;
    struct sp_rule *rule = &t->rules[number];
    if (e->at.tier != NO_TIER && rule->tier != e->at.tier)
        return 1; /* a higher-ranking tier has decided */
    if (rule->action == SP_ACTION_ALLOW || rule->action == SP_ACTION_ASK)
        e->at.tier = rule->tier;
    if (rule->action == SP_ACTION_DENY) {
        e->at.verdict = SP_VERDICT_DENY;
        e->at.rule = number;
        return 1; /* within a tier deny wins, whatever the other policies say */
    }
    if (rule->action == SP_ACTION_AUDIT && e->at.verdict != SP_VERDICT_AUDIT) {
        e->at.verdict = SP_VERDICT_AUDIT;
        e->at.rule = number;
    } else if (rule->action == SP_ACTION_ALLOW && e->at.rule == SP_NO_RULE) {
        e->at.rule = number;
    } else if (rule->action == SP_ACTION_ASK && e->at.verdict != SP_VERDICT_AUDIT && !e->at.asks) {
        e->at.rule = number; /* within a tier ask wins over allow; who is asked, the gate knows */
        e->at.asks = 1;
    }
    /* The first match decides for its policy: go on with the next policy. */
    e->at.skip_to = rule->policy_end;
    if (e->at.skip_to >= e->at.word * 64 + 64)
        e->at.current = 0;
    else
        e->at.current &= ~0ull << (e->at.skip_to & 63);
    forget(&e->at, sizeof(e->at));
    return 0;
}

/* Intersects and evaluates. At most one step a word and one a policy that matches. */
__noinline int evaluate(struct sp_policy_tables *t, struct process_sets *subject, struct process_sets *object,
                        struct question *q, struct answer *a)
{
    if (!t || !subject || !object || !q || !a)
        return 0;
    struct evaluation v = {.tables = t, .subject = subject, .object = object, .question = *q};
    struct evaluation *e = &v;
    __u64 words = subject->summary & object->summary & selection_summary(t, &q->path);
#pragma unroll
    for (int i = 0; i < QUESTION_SETS; i++)
        words &= set_summary(t, q->set[i]);
    e->at.words = words;
    e->at.current = 0;
    e->at.skip_to = 0;
    e->at.verdict = SP_VERDICT_ALLOW;
    e->at.rule = SP_NO_RULE;
    e->at.tier = NO_TIER;
    e->at.asks = 0;
    forget(&e->at, sizeof(e->at));
    if (e->at.words)
        bpf_loop(SP_MAX_RULES + 64, evaluate_step, e, 0);
    a->verdict = e->at.verdict;
    a->rule = e->at.rule;
    return 0;
}

#endif
