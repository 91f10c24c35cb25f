/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of rules and the decision: operation ∩ subject ∩ object, then the first match of each policy.
 *
 * Bit-vector classification (Lakshman & Stiliadis, 1998) over sparse sets: only words that all three sets have are
 * looked at, so the cost follows the number of matching policies, not the number of rules.
 */
#ifndef SALLYPORT_RULES_H
#define SALLYPORT_RULES_H

/* The sets of one side (subject or object), one an automaton; their union counts. Unused ones are 0, the empty set. */
struct selection {
    __u32 set[SP_MAX_AUTOMATA];
};

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

/* One set in the usual case of one automaton; the others are empty and cost a compare. */
static __always_inline __u64 selection_word(struct sp_policy_tables *t, const struct selection *s, __u32 word)
{
    __u64 value = set_word(t, s->set[0], word);
    if (s->set[1] | s->set[2] | s->set[3]) {
#pragma unroll
        for (int i = 1; i < SP_MAX_AUTOMATA; i++)
            value |= set_word(t, s->set[i], word);
    }
    return value;
}

struct question {
    struct selection subject;
    struct selection object;
    __u32 operation_set;
};

struct answer {
    __u32 verdict; /* enum sp_verdict */
    __u32 rule;
};

struct evaluation {
    struct sp_policy_tables *tables;
    struct question question;
    struct {
        __u64 words;   /* words not looked at yet */
        __u64 current; /* rules of the current word not looked at yet */
        __u32 word;
        __u32 skip_to; /* rules below are of a policy that has decided */
        __u32 verdict;
        __u32 rule;
        __u32 tier;
        __u32 pad;
    } at;
};

#define NO_TIER 0xffu

static long evaluate_step(__u32 index, struct evaluation *e)
{
    struct sp_policy_tables *t = e->tables;
    if (!e->at.current) {
        if (!e->at.words)
            return 1;
        __u32 word = (__u32)__builtin_ctzll(e->at.words) & 63;
        e->at.words &= e->at.words - 1;
        __u64 value = set_word(t, e->question.operation_set, word);
        value &= selection_word(t, &e->question.subject, word);
        value &= selection_word(t, &e->question.object, word);
        if (e->at.skip_to > word * 64) {
            __u32 skipped = e->at.skip_to - word * 64;
            value = skipped > 63 ? 0 : value & (~0ull << skipped);
        }
        e->at.word = word;
        e->at.current = value;
        return 0;
    }
    __u32 number = e->at.word * 64 + (__u32)__builtin_ctzll(e->at.current);
    asm volatile("" : "+r"(number)); /* the compiler knows that it is in range, the verifier must see it */
    number &= SP_MAX_RULES - 1;
    struct sp_rule *rule = &t->rules[number];
    if (e->at.tier != NO_TIER && rule->tier != e->at.tier)
        return 1; /* a higher-ranking tier has decided */
    if (rule->action == SP_ACTION_ALLOW)
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
    }
    /* The first match decides for its policy: go on with the next policy. */
    e->at.skip_to = rule->policy_end;
    if (e->at.skip_to >= e->at.word * 64 + 64)
        e->at.current = 0;
    else
        e->at.current &= ~0ull << (e->at.skip_to & 63);
    return 0;
}

/* Runs the evaluation whose sets are in `e`. At most one step a word and one a policy that matches. */
int evaluate(struct sp_policy_tables *t, struct question *q, struct answer *a)
{
    if (!t || !q || !a)
        return 0;
    struct evaluation v = {.tables = t, .question = *q};
    struct evaluation *e = &v;
    e->at.words =
        set_summary(t, q->operation_set) & selection_summary(t, &q->subject) & selection_summary(t, &q->object);
    e->at.current = 0;
    e->at.skip_to = 0;
    e->at.verdict = SP_VERDICT_ALLOW;
    e->at.rule = SP_NO_RULE;
    e->at.tier = NO_TIER;
    forget(&e->at, sizeof(e->at));
    if (e->at.words)
        bpf_loop(SP_MAX_RULES + 64, evaluate_step, e, 0);
    a->verdict = e->at.verdict;
    a->rule = e->at.rule;
    return 0;
}

#endif
