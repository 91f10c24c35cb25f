/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Policy tables: one value of one array map is one generation. */
#ifndef SALLYPORT_ABI_TABLES_H
#define SALLYPORT_ABI_TABLES_H

#define SP_MAX_RULES 4096u /* clauses: a rule is one, or more if it has `not` with several fields */
#define SP_SET_WORDS 64u   /* of 64 rules each */
#define SP_MAX_AUTOMATA 4u
#define SP_MAX_STATES (1u << 19)
#define SP_MAX_TRANSITIONS (1u << 20)
#define SP_MAX_SET_WORDS (1u << 18)
#define SP_MAX_CLASSES (1u << 16)
#define SP_MAX_VALUES 4096u
#define SP_MAX_LISTS 192u
#define SP_MAX_PATH 4095u /* bytes of a path that are matched, without the terminating zero */

/*
 * A state of a path automaton. A step on byte b in state s:
 *   entry = transitions[(s.base & ~SP_STATE_SINK) + byte_class[b]]
 *   next  = entry.check == index of s ? entry.target : s.fallback
 * A sink (SP_STATE_SINK set in base) has no way out: the walk stops there.
 */
#define SP_STATE_SINK 0x80000000u
struct sp_state {
    sp_u32 base;
    sp_u32 fallback;
};

struct sp_transition {
    sp_u32 check;
    sp_u32 target;
};

/*
 * A set of rules: sets[offset] is a summary, bit w set when word w (rules 64w … 64w+63) isn't empty; the words that
 * aren't empty follow in order. Offset 0 holds the empty set (summary 0).
 *
 * Every field has, for each value that it can take, the set of rules that this value satisfies; rules without a
 * condition on the field are in all of them. A decision is the intersection over the fields.
 */

/* A process is a rule's subject or its object, and there are sets for either. */
enum sp_side { SP_SIDE_SUBJECT = 0, SP_SIDE_OBJECT = 1 };
#define SP_SIDES 2u

/* Fields whose value is a path: one walk gives the sets of all of them. */
enum sp_path_field {
    SP_PATH_FILE = 0,
    /* + 4 * enum sp_side */
    SP_PATH_EXE = 1,
    SP_PATH_CGROUP = 2,
    SP_PATH_CONTAINER = 3,
    SP_PATH_INTERPRETER = 4,
};
#define SP_PATH_FIELDS 10u /* the last one isn't used */

struct sp_class {
    sp_u32 set[SP_PATH_FIELDS]; /* offsets of sets, by enum sp_path_field */
    sp_u64 ancestors;           /* lists of ancestors that the class satisfies: a bit each, see struct sp_list */
};

/* A value that isn't a path, found by its key; sorted by it. */
enum sp_value_kind {
    SP_VALUE_USER = 1,
    SP_VALUE_GROUP = 2,
    SP_VALUE_FILESYSTEM = 3, /* key: the type's name, FNV-1a of 64 bits, the kind in place of the top byte */
};
#define SP_VALUE_KEY(kind, value) ((sp_u64)(kind) << 56 | (value))
struct sp_value {
    sp_u64 key;
    sp_u64 groups;        /* lists of groups that the group is in: a bit each */
    sp_u32 set[SP_SIDES]; /* user: by side; file system: [SP_SIDE_OBJECT] */
};

/* A list of which any may hold for a value of several parts. Each is one condition on either side. */
enum sp_list_kind { SP_LIST_ANCESTOR = 1, SP_LIST_GROUP = 2, SP_LIST_CAPABILITY = 3 };
struct sp_list {
    sp_u8 kind; /* enum sp_list_kind */
    sp_u8 bit;  /* of sp_class.ancestors or sp_value.groups */
    sp_u16 pad;
    sp_u32 pad2;
    sp_u64 capabilities;      /* SP_LIST_CAPABILITY: any of these */
    sp_u32 holds[SP_SIDES];   /* rules that are satisfied, as far as this list goes, where it holds */
    sp_u32 fails[SP_SIDES];   /* where it doesn't */
    sp_u32 unknown[SP_SIDES]; /* where it can't be told: ancestors that couldn't be kept */
};

/* A digest that rules name. In an array of its own, sorted; see sp_policy_tables.digests. */
enum sp_digest_field {
    SP_DIGEST_FILE = 0,
    SP_DIGEST_EXE = 1, /* + enum sp_side */
    SP_DIGEST_VERITY = 3,
};
#define SP_DIGEST_FIELDS 4u
struct sp_digest {
    sp_u64 word[4]; /* the digest's bytes, each eight as a big-endian number */
    sp_u32 set[SP_DIGEST_FIELDS];
};
#define SP_MAX_DIGESTS (1u << 21)

/* Fields that any rule has a condition on: what isn't needed isn't found out. */
enum sp_field_used {
    SP_USED_PATH = 1 << 0,
    SP_USED_FLAGS = 1 << 1,
    SP_USED_FILESYSTEM = 1 << 2,
    SP_USED_DIGEST = 1 << 3,
    SP_USED_VERITY = 1 << 4,
    SP_USED_ACCESS = 1 << 5,
    SP_USED_SIGNAL = 1 << 6,
    SP_USED_MAPPING = 1 << 7,
    SP_USED_AREA = 1 << 8,
    /* << 8 * enum sp_side */
    SP_USED_EXE = 1 << 16,
    SP_USED_CGROUP = 1 << 17,
    SP_USED_CONTAINER = 1 << 18,
    SP_USED_INTERPRETER = 1 << 19,
    SP_USED_USER = 1 << 20,
    SP_USED_EXE_DIGEST = 1 << 21,
    SP_USED_LISTS = 1 << 22,
    SP_USED_ANY = 1 << 23, /* any field of that side */
};

enum sp_action {
    SP_ACTION_ALLOW = 1,
    SP_ACTION_DENY = 2,
    SP_ACTION_AUDIT = 3, /* a deny rule of a policy in audit mode: reported, doesn't end its tier */
    SP_ACTION_PASS = 4,  /* an allow rule of a policy in audit mode: ends its own policy's evaluation, nothing else */
    SP_ACTION_ASK = 5,   /* lets pass what the gate holds and asks about; ends its tier as an allow does */
};

struct sp_rule {
    sp_u8 action; /* enum sp_action */
    sp_u8 tier;   /* 0 platform, 1 site, 2 vendors: a lower tier's verdict ends the evaluation */
    sp_u16 pad;
    sp_u32 policy_end; /* number of the first rule after this rule's policy */
};

struct sp_policy_tables {
    sp_u64 generation;
    sp_u32 abi_version;
    sp_u32 automata; /* number in use, 0 … SP_MAX_AUTOMATA */
    sp_u32 start[SP_MAX_AUTOMATA];
    sp_u32 rule_count;
    sp_u32 used;       /* enum sp_field_used */
    sp_u32 operations; /* bit per operation that any rule concerns */
    sp_u32 value_count;
    sp_u32 list_count;
    sp_u32 digest_count;
    sp_u32 digest_slot; /* which value of the map `digests` is this generation's */
    sp_u32 pad;
    /* Rules that an unresolvable path satisfies; a class of its own, no automaton involved. */
    struct sp_class unresolvable;
    /* Rules that are satisfied where there is no path: an interpreter of what isn't a script. */
    struct sp_class absent;
    sp_u32 other_user[SP_SIDES];             /* users that no rule names */
    sp_u32 other_filesystem;                 /* file systems that no rule names */
    sp_u32 all_rules;                        /* the set of all of them */
    sp_u32 other_digest[SP_DIGEST_FIELDS];   /* known, and named by no rule */
    sp_u32 unknown_digest[SP_DIGEST_FIELDS]; /* verity: the file has none */
    sp_u32 operation_set[SP_OPERATIONS];     /* rules on that operation */
    sp_u32 asked[SP_OPERATIONS];             /* what any of them asks about a file: enum sp_field_used */
    sp_u32 access_set[SP_ACCESSES];          /* by enum sp_access */
    sp_u32 area_set[SP_AREAS];               /* by enum sp_area */
    sp_u32 signal_set[SP_SIGNALS];           /* by number */
    sp_u32 mapping_set[SP_MAPPINGS];         /* by all of enum sp_mapping together */
    sp_u32 flags_set[SP_FLAGS];              /* by enum sp_file_flags without SP_FILE_MPROTECT */
    sp_u8 byte_class[256];
    struct sp_list lists[SP_MAX_LISTS];
    struct sp_value values[SP_MAX_VALUES];
    struct sp_rule rules[SP_MAX_RULES];
    struct sp_class classes[SP_MAX_CLASSES];
    sp_u32 accept[SP_MAX_STATES]; /* state → class */
    struct sp_state states[SP_MAX_STATES];
    struct sp_transition transitions[SP_MAX_TRANSITIONS];
    sp_u64 sets[SP_MAX_SET_WORDS];
};

_Static_assert(sizeof(struct sp_state) == 8, "sp_state");
_Static_assert(sizeof(struct sp_transition) == 8, "sp_transition");
_Static_assert(sizeof(struct sp_class) == 48, "sp_class");
_Static_assert(sizeof(struct sp_value) == 24, "sp_value");
_Static_assert(sizeof(struct sp_list) == 40, "sp_list");
_Static_assert(sizeof(struct sp_digest) == 48, "sp_digest");
_Static_assert(sizeof(struct sp_rule) == 8, "sp_rule");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, lists) % 8 == 0, "sp_policy_tables.lists");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, values) % 8 == 0, "sp_policy_tables.values");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, rules) % 8 == 0, "sp_policy_tables.rules");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, classes) % 8 == 0, "sp_policy_tables.classes");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, states) % 8 == 0, "sp_policy_tables.states");
_Static_assert(__builtin_offsetof(struct sp_policy_tables, sets) % 8 == 0, "sp_policy_tables.sets");

#if !defined(__bpf__)
/* Swift doesn't import fields with so many elements: these are their places, from the compiler. */
static const sp_u64 sp_policy_tables_size = sizeof(struct sp_policy_tables);
static const sp_u64 sp_policy_tables_start = __builtin_offsetof(struct sp_policy_tables, start);
static const sp_u64 sp_policy_tables_other_digest = __builtin_offsetof(struct sp_policy_tables, other_digest);
static const sp_u64 sp_policy_tables_unknown_digest = __builtin_offsetof(struct sp_policy_tables, unknown_digest);
static const sp_u64 sp_policy_tables_operation_set = __builtin_offsetof(struct sp_policy_tables, operation_set);
static const sp_u64 sp_policy_tables_asked = __builtin_offsetof(struct sp_policy_tables, asked);
static const sp_u64 sp_policy_tables_access_set = __builtin_offsetof(struct sp_policy_tables, access_set);
static const sp_u64 sp_policy_tables_area_set = __builtin_offsetof(struct sp_policy_tables, area_set);
static const sp_u64 sp_policy_tables_signal_set = __builtin_offsetof(struct sp_policy_tables, signal_set);
static const sp_u64 sp_policy_tables_mapping_set = __builtin_offsetof(struct sp_policy_tables, mapping_set);
static const sp_u64 sp_policy_tables_flags_set = __builtin_offsetof(struct sp_policy_tables, flags_set);
static const sp_u64 sp_policy_tables_lists = __builtin_offsetof(struct sp_policy_tables, lists);
static const sp_u64 sp_policy_tables_values = __builtin_offsetof(struct sp_policy_tables, values);
static const sp_u64 sp_policy_tables_byte_class = __builtin_offsetof(struct sp_policy_tables, byte_class);
static const sp_u64 sp_policy_tables_rules = __builtin_offsetof(struct sp_policy_tables, rules);
static const sp_u64 sp_policy_tables_classes = __builtin_offsetof(struct sp_policy_tables, classes);
static const sp_u64 sp_policy_tables_accept = __builtin_offsetof(struct sp_policy_tables, accept);
static const sp_u64 sp_policy_tables_states = __builtin_offsetof(struct sp_policy_tables, states);
static const sp_u64 sp_policy_tables_transitions = __builtin_offsetof(struct sp_policy_tables, transitions);
static const sp_u64 sp_policy_tables_sets = __builtin_offsetof(struct sp_policy_tables, sets);
#endif

#endif
