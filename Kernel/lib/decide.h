/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The decision path of every hook: tables → operation → subject → path → sets → verdict, then the report.
 *
 * Fail directions, each a decision:
 *   no tables                 allow, counted (SP_COUNT_NO_TABLES). Programs are attached only after a first generation
 *                             is installed, and a generation is only ever replaced by another one.
 *   no rule on the operation  allow, without a path walk.
 *   path unresolvable         the rules that name `unresolvable` decide; reported with the reason.
 *   path raced, no memory     the same, but where those rules don't deny it is refused all the same if any rule concerns
 *                             this operation (and, when the object's path is meant, this subject): both are brought
 *                             about by load or by an attacker, and "try again" must not be a way past a rule
 *                             (SP_COUNT_REFUSED_BLIND).
 *   ring full, daemon dead    no influence.
 */
#ifndef SALLYPORT_DECIDE_H
#define SALLYPORT_DECIDE_H

struct judgement {
    __u64 generation;
    __u32 verdict;
    __u32 rule;
};

static __always_inline bool wants_notice(__u32 operation)
{
    struct sp_control *c = control_words();
    return c && (c->notify >> operation & 1);
}

/*
 * Decides `operation` on `file` (0: no file object). Resolves the path into `s` when a rule or a listener needs it;
 * `path` then holds it. `s` may be NULL.
 */
static __always_inline void decide(__u32 operation, struct scratch *s, __u64 file, bool listener, struct resolved *path,
                                   struct judgement *j)
{
    j->verdict = SP_VERDICT_ALLOW;
    j->rule = SP_NO_RULE;
    j->generation = 0;
    count(SP_COUNT_DECIDED + operation, 1);
    struct sp_policy_tables *t = current_tables();
    if (!t) {
        count(SP_COUNT_NO_TABLES, 1);
        return;
    }
    j->generation = t->generation;
    struct question q = {};
    struct answer a = {.verdict = SP_VERDICT_ALLOW, .rule = SP_NO_RULE};
    q.operation_set = t->operation_set[operation];
    __u64 concerned = set_summary(t, q.operation_set);
    bool blind = false; /* a path couldn't be read at this moment */
    if (concerned) {
        blind = select_subject(t, s, &q.subject) != 0;
        if (!blind)
            concerned &= selection_summary(t, &q.subject);
    }
    if (!concerned && !listener)
        return;
    if (file) {
        resolve_file(s, file, path);
        if (path->unresolvable)
            count(SP_COUNT_UNRESOLVABLE + (path->unresolvable & 7), 1);
    }
    if (!concerned)
        return;
    if (file)
        select_by_path(t, s, path, 1, &q.object);
    else
        q.object.set[0] = t->absent.object_set;
    evaluate(t, &q, &a);
    j->verdict = a.verdict;
    j->rule = a.rule;
    if (file && (path->unresolvable == SP_PATH_RACED || path->unresolvable == SP_PATH_NO_MEMORY))
        blind = true;
    if (blind && j->verdict != SP_VERDICT_DENY) {
        count(SP_COUNT_REFUSED_BLIND, 1);
        j->verdict = SP_VERDICT_DENY;
        j->rule = SP_NO_RULE;
    }
}

/* Reports a file operation of the current task. */
static __always_inline void report_file(__u32 operation, struct scratch *s, __u64 file, __u32 extra_flags,
                                        struct resolved *path, const struct judgement *j)
{
    if (!s) { /* nowhere to build the record: lost, and counted like any other */
        count(SP_COUNT_LOST + operation, 1);
        if (j->verdict == SP_VERDICT_DENY)
            count(SP_COUNT_LOST_DENIALS, 1);
        return;
    }
    __u64 task = bpf_get_current_task();
    begin_record(&s->record, operation);
    describe_task(task, &s->record);
    s->record.verdict = j->verdict;
    s->record.rule = j->rule;
    s->record.generation = j->generation;
    describe_file(file, path, &s->record.file);
    s->record.file.flags |= extra_flags;
    append_path(s, SP_FIELD_PATH, path);
    append_cgroup(s, task);
    submit(s);
}

#endif
