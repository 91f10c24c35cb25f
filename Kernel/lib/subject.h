/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules that a process satisfies, as the subject of an operation or as its object: the intersection of the sets of
 * all its fields, computed once and kept in task storage until the policy, its program, its credentials or its cgroup
 * change. Each reason has a counter (enum sp_invalidation).
 */
#ifndef SALLYPORT_SUBJECT_H
#define SALLYPORT_SUBJECT_H

/* Places in scratch.gathered. */
enum {
    GATHER_EXE,
    GATHER_INTERPRETER,
    GATHER_CGROUP,
    GATHER_CONTAINER,
    GATHER_USER,
    GATHER_DIGEST,
    GATHER_LISTS, /* and what follows */
};

struct intersection {
    struct sp_policy_tables *tables;
    struct scratch *scratch;
    struct process_sets *out;
    __u32 count;
    __u32 pad;
    struct {
        __u64 left; /* words that the set before `next` hasn't been applied to */
        __u32 next;
        __u32 pad;
    } at;
};

/*
 * One word of one set, or the beginning of the next set. A process meets no condition of most rules by having none: such
 * a field's set is all of them and leaves things as they are. Words that a set hasn't got go without being looked at, so
 * that an execution costs what rules on its process there are, not what rules there are.
 */
static long intersect_step(__u32 index, struct intersection *x)
{
    struct process_sets *out = x->out;
    if (!x->at.left) {
        __u32 next = x->at.next & (MAX_GATHERED - 1);
        asm volatile("" : "+r"(next));
        if (x->at.next >= x->count || next >= MAX_GATHERED)
            return 1;
        x->at.next++;
        struct selection *selection = &x->scratch->gathered[next];
        if (selection->set[0] == x->tables->all_rules)
            return 0;
        out->summary &= selection_summary(x->tables, selection);
        x->at.left = out->summary;
        return !x->at.left;
    }
    __u32 word = (__u32)__builtin_ctzll(x->at.left) & (SP_SET_WORDS - 1), set = (x->at.next - 1) & (MAX_GATHERED - 1);
    x->at.left &= x->at.left - 1;
    asm volatile("" : "+r"(word));
    asm volatile("" : "+r"(set));
    if (word >= SP_SET_WORDS || set >= MAX_GATHERED)
        return 1;
    __u64 value = out->words[word] & selection_word(x->tables, &x->scratch->gathered[set], word);
    __u64 empty = value == 0;
    out->words[word] = value;
    out->summary &= ~(empty << (word & 63));
    return 0;
}

struct operations_walk {
    struct sp_policy_tables *tables;
    struct process_sets *out;
    struct {
        __u64 left; /* words not looked at yet */
        __u64 operations;
    } at;
};

/* One operation in one word of rules: the operations of a word after each other, then the next word. */
static long operations_step(__u32 index, struct operations_walk *w)
{
    struct sp_policy_tables *t = w->tables;
    if (!w->at.left || w->at.operations == t->operations)
        return 1; /* nothing left, or nothing left to find out */
    __u32 word = (__u32)__builtin_ctzll(w->at.left) & (SP_SET_WORDS - 1);
    asm volatile("" : "+r"(word));
    if (word >= SP_SET_WORDS)
        return 1;
    __u32 operation = index & (SP_OPERATIONS - 1);
    __u64 last = operation == SP_OPERATIONS - 1;
    __u64 both = set_word(t, t->operation_set[operation], word) & w->out->words[word];
    w->at.operations |= (both | -both) >> 63 << operation; /* 1 unless it is 0 */
    w->at.left &= w->at.left - last;
    return 0;
}

/*
 * Intersects the first `count` sets of s->gathered, and finds the operations that anything is left for. Words that the
 * summary doesn't name mean nothing.
 */
__noinline int intersect(struct sp_policy_tables *t, struct scratch *s, struct process_sets *out, __u32 count)
{
    if (!t || !s || !out)
        return 0;
    __u32 words = (t->rule_count + 63) / 64;
    out->summary = words >= 64 ? ~0ull : (1ull << (words & 63)) - 1;
#pragma unroll
    for (int i = 0; i < SP_SET_WORDS; i++)
        out->words[i] = ~0ull;
    struct intersection x = {.tables = t, .scratch = s, .out = out, .count = count};
    forget(&x.at, sizeof(x.at));
    bpf_loop(MAX_GATHERED * (SP_SET_WORDS + 1), intersect_step, &x, 0);
    struct operations_walk w = {.tables = t, .out = out, .at.left = out->summary};
    forget(&w.at, sizeof(w.at));
    bpf_loop(SP_SET_WORDS * SP_OPERATIONS, operations_step, &w, 0);
    out->operations = w.at.operations;
    return 0;
}

static __always_inline void gather(struct scratch *s, __u32 place, __u32 set)
{
    place &= MAX_GATHERED - 1;
    s->gathered[place].set[0] = set;
#pragma unroll
    for (int i = 1; i < SP_MAX_AUTOMATA; i++)
        s->gathered[place].set[i] = 0;
}

struct list_walk {
    struct sp_policy_tables *tables;
    struct scratch *scratch;
    struct list_values values;
};

static long list_step(__u32 index, struct list_walk *w)
{
    struct sp_policy_tables *t = w->tables;
    __u32 side = w->values.side & 1;
    if (index >= SP_MAX_LISTS)
        return 1;
    struct sp_list *list = &t->lists[index];
    __u64 mask = list->kind == SP_LIST_ANCESTOR ? w->values.ancestors : w->values.groups;
    bool holds = list->kind == SP_LIST_CAPABILITY ? (w->values.capabilities & list->capabilities) != 0
                                                  : mask >> (list->bit & 63) & 1;
    __u32 set = holds ? list->holds[side] : list->fails[side];
    if (!holds && list->kind == SP_LIST_ANCESTOR && w->values.unknown_ancestors)
        set = list->unknown[side];
    gather(w->scratch, GATHER_LISTS + index, set);
    return 0;
}

__noinline int put_lists(struct sp_policy_tables *t, struct scratch *s, struct list_values *values)
{
    if (!t || !s || !values)
        return 0;
    struct list_walk w = {.tables = t, .scratch = s, .values = *values};
    __u32 lists = t->list_count;
    bpf_loop(lists > SP_MAX_LISTS ? SP_MAX_LISTS : lists, list_step, &w, 0);
    return 0;
}

static long group_lists_step(__u32 index, struct group_walk *w)
{
    __u32 gid = 0;
    bpf_probe_read_kernel(&gid, sizeof(gid), (void *)(w->groups + index * 4));
    struct sp_value *value = value_of(w->tables, SP_VALUE_KEY(SP_VALUE_GROUP, gid));
    if (value)
        w->at.lists |= value->groups;
    return 0;
}

static __always_inline __u64 lists_of_groups(struct sp_policy_tables *t, struct cred *cred)
{
    struct group_info *groups = BPF_CORE_READ(cred, group_info);
    struct group_walk w = {.tables = t, .groups = (__u64)groups + bpf_core_field_offset(struct group_info, gid)};
    struct sp_value *own = value_of(t, SP_VALUE_KEY(SP_VALUE_GROUP, BPF_CORE_READ(cred, egid.val)));
    w.at.lists = own ? own->groups : 0;
    forget(&w.at, sizeof(w.at));
    bpf_loop(group_count(groups), group_lists_step, &w, 0);
    return w.at.lists;
}

struct ancestor_walk {
    struct sp_policy_tables *tables;
    struct scratch *scratch;
    struct subject *subject;
    struct {
        __u64 lists;
        __u64 missing;
    } at;
};

static long ancestor_step(__u32 index, struct ancestor_walk *w)
{
    struct classes c = {.kind = CLASSES_MISSING};
    __u32 at = index;
    asm volatile("" : "+r"(at));
    if (at >= MAX_ANCESTORS)
        return 1;
    classify_program(w->tables, w->scratch, w->subject->ancestors[at], &c);
    if (c.kind == CLASSES_MISSING)
        w->at.missing = 1;
    else
        w->at.lists |= ancestor_lists(w->tables, &c);
    return 0;
}

static __always_inline void find_ancestors(struct sp_policy_tables *t, struct scratch *s, struct subject *p,
                                           struct list_values *values)
{
    struct ancestor_walk w = {.tables = t, .scratch = s, .subject = p};
    forget(&w.at, sizeof(w.at));
    bpf_loop(p->ancestor_count, ancestor_step, &w, 0);
    values->ancestors = w.at.lists | (p->unresolvable ? t->unresolvable.ancestors : 0);
    values->unknown_ancestors = w.at.missing | p->incomplete;
}

/* Everything that depends on the executable's path. Returns the reason when it couldn't be read at this moment. */
__noinline int gather_program(struct sp_policy_tables *t, struct scratch *s, struct subject *p, __u64 task_address,
                              __u32 side)
{
    if (!t || !s || !p)
        return SP_PATH_NO_MEMORY;
    struct task_struct *task = (struct task_struct *)task_address;
    struct classes c = {.kind = CLASSES_ABSENT};
    __u32 reason = 0, first = (side & 1) * 4;
    if (used_fields(t, side & 1) & (SP_USED_EXE | SP_USED_INTERPRETER)) {
        classify_program(t, s, p->exe, &c);
        if (c.kind == CLASSES_MISSING) { /* too long to be kept, or no room: where it lies now */
            struct resolved r = {.start = PATH_END, .unresolvable = SP_PATH_ANONYMOUS};
            __u64 exe = (__u64)BPF_CORE_READ(task, mm, exe_file);
            if (exe)
                resolve_file(s, exe, &r);
            classify_path(t, s, &r, &c);
            if (r.unresolvable == SP_PATH_RACED || r.unresolvable == SP_PATH_NO_MEMORY)
                reason = r.unresolvable;
        }
    }
    select_field(t, &c, SP_PATH_EXE + first, &s->gathered[GATHER_EXE]);
    if (!p->is_script)
        c.kind = CLASSES_ABSENT;
    select_field(t, &c, SP_PATH_INTERPRETER + first, &s->gathered[GATHER_INTERPRETER]);
    return (int)reason;
}

__noinline int gather_cgroup(struct sp_policy_tables *t, struct scratch *s, __u64 task_address, __u32 side)
{
    if (!t || !s)
        return 0;
    struct classes c = {.kind = CLASSES_ABSENT};
    if (used_fields(t, side & 1) & (SP_USED_CGROUP | SP_USED_CONTAINER)) {
        struct resolved r = {.start = PATH_END};
        resolve_cgroup(s, task_address, &r);
        classify_path(t, s, &r, &c);
    }
    select_field(t, &c, SP_PATH_CGROUP + (side & 1) * 4, &s->gathered[GATHER_CGROUP]);
    select_field(t, &c, SP_PATH_CONTAINER + (side & 1) * 4, &s->gathered[GATHER_CONTAINER]);
    return 0;
}

__noinline int gather_user(struct sp_policy_tables *t, struct scratch *s, __u32 uid, __u32 side)
{
    if (!t || !s)
        return 0;
    struct sp_value *user = value_of(t, SP_VALUE_KEY(SP_VALUE_USER, uid));
    gather(s, GATHER_USER, user ? user->set[side & 1] : t->other_user[side & 1]);
    return 0;
}

/* Returns whether the executable's digest is known. */
__noinline int gather_digest(struct sp_policy_tables *t, struct scratch *s, __u64 task_address, __u32 side)
{
    if (!t || !s)
        return 0;
    struct file *exe = BPF_CORE_READ((struct task_struct *)task_address, mm, exe_file);
    __u32 field = (SP_DIGEST_EXE + (side & 1)) & (SP_DIGEST_FIELDS - 1);
    struct inode *inode = exe ? BPF_CORE_READ(exe, f_inode) : 0;
    struct sp_content content = {};
    if (has_content(inode, &content)) {
        struct sp_content_digest *digest = digest_of(&content);
        if (digest) {
            gather(s, GATHER_DIGEST, digest_set(t, digest, field));
            return 1;
        }
        if (should_request(inode, &content)) {
            struct resolved r = {.start = PATH_END};
            resolve_file(s, (__u64)exe, &r);
            request_digest(s, &r, task_address, &content);
        }
    }
    count(SP_COUNT_DIGEST_UNKNOWN, 1);
    gather(s, GATHER_DIGEST, t->unknown_digest[field]);
    return 0;
}

/* Adds the sets of all lists; returns their number. */
__noinline int gather_lists(struct sp_policy_tables *t, struct scratch *s, struct subject *p, __u64 task_address,
                            __u32 side)
{
    if (!t || !s || !p)
        return 0;
    struct cred *cred = BPF_CORE_READ((struct task_struct *)task_address, cred);
    struct list_values *values = &s->lists;
    values->side = side & 1;
    values->capabilities = effective_capabilities(cred);
    values->groups = lists_of_groups(t, cred);
    find_ancestors(t, s, p, values);
    put_lists(t, s, values);
    __u32 lists = t->list_count;
    return lists > SP_MAX_LISTS ? SP_MAX_LISTS : lists;
}

/* Keeps the sets that prepare_sets has just computed. One writer at a time; another one's are as good. */
__noinline int keep_sets(struct scratch *s, struct subject *p, __u32 side)
{
    if (!s || !p)
        return 0;
    side &= 1;
    struct process_sets *from = &s->spare[side].sets[side], *to = &p->sets[side];
    __u64 generation = from->generation;
    if (__sync_val_compare_and_swap(&to->writer, 0, 1) != 0)
        return 0;
    *(volatile __u64 *)&to->generation = 0;
    asm volatile("" ::: "memory");
    to->exec_count = from->exec_count;
    to->cgroup = from->cgroup;
    to->capabilities = from->capabilities;
    to->groups = from->groups;
    to->digest = from->digest;
    to->uid = from->uid;
    to->operations = from->operations;
    to->summary = from->summary;
    bpf_probe_read_kernel(to->words, sizeof(to->words), from->words);
    asm volatile("" ::: "memory");
    *(volatile __u64 *)&to->generation = generation;
    __sync_lock_test_and_set(&to->writer, 0);
    return 1;
}

/* Where the sets of a process are, and whether they could be had. */
enum { SETS_KEPT, SETS_IN_SPARE, SETS_BLIND };

/*
 * Makes sure of the sets of a task on a side: those kept in `p`, its storage, if it has any, else new ones in s->spare.
 * Where they can't be computed at this moment they aren't kept either: the next attempt tries again.
 */
__noinline int prepare_sets(struct sp_policy_tables *t, struct scratch *s, struct subject *p, __u64 task, __u32 side)
{
    if (!t || !s)
        return SETS_BLIND;
    side &= 1;
    struct process_facts *f = &s->facts;
    gather_facts(t, task, side, f);
    if (p) {
        __u32 reason = staleness(t, &p->sets[side], f);
        if (reason == SETS_VALID)
            return SETS_KEPT;
        count(SP_COUNT_INVALIDATED + (reason & 15), 1);
    } else {
        count(SP_COUNT_NO_STORAGE, 1);
    }
    struct subject *known = p;
    if (!p) {
        known = &s->spare[side];
        forget_subject(known); /* whoever had the slot before */
    }
    refresh_program(s, known, task, f->exec_count);
    int blind = gather_program(t, s, known, task, side);
    gather_cgroup(t, s, task, side);
    gather_user(t, s, f->uid, side);
    gather(s, GATHER_DIGEST, t->all_rules);
    __u32 known_digest = 1, lists = 0;
    if (f->used & SP_USED_EXE_DIGEST)
        known_digest = gather_digest(t, s, task, side);
    if (f->used & SP_USED_LISTS)
        lists = gather_lists(t, s, known, task, side);
    struct process_sets *out = &s->spare[side].sets[side];
    intersect(t, s, out, GATHER_LISTS + lists);
    out->exec_count = f->exec_count;
    out->cgroup = f->cgroup;
    out->capabilities = f->capabilities;
    out->groups = f->groups;
    out->digest = known_digest;
    out->uid = f->uid;
    out->generation = t->generation;
    if (blind)
        return SETS_BLIND;
    if (p)
        keep_sets(s, p, side);
    return SETS_IN_SPARE;
}

#endif
