/* What the files of this module share. */
#ifndef FLOW_HANDSET_INSIDE_H
#define FLOW_HANDSET_INSIDE_H

#include "base/arena.h"
#include "base/random.h"
#include "domain/rule/rule.h"
#include "flow/handset/handset.h"

enum job_kind {
    JOB_SRV, /* _ciscoprov-...: where to */
    JOB_ACTIVATION,
    JOB_PROFILE, /* rules A to D, or one for once */
    JOB_TRUST,   /* Custom_CA_Rule */
    JOB_CONFIG,  /* Report_Rule */
    JOB_UPLOAD,  /* PRT_Upload_Rule */
};

enum job_wait { JOB_IDLE, JOB_SRV_NAME, JOB_NAME, JOB_FETCH };

/* One piece of work that needs the network; there is one at a time. */
struct handset_job {
    enum job_kind kind;
    enum job_wait wait;
    uint32_t id;
    usec_t until;
    struct arena arena;
    unsigned rule; /* JOB_PROFILE: 0 to 3; JOB_SRV: which of the two names */
    struct str
        base; /* "https://prov.example.com:443": goes before a rule that names no server; or empty */
    struct str base_check; /* name to check where `base` came by SRV */
    struct str tftp;       /* the server for rules without one */
    struct str whole;      /* what DHCP names as the whole URL; or empty */
    struct rule_result to;
    struct str check;
    struct addr addr[HANDSET_ADDRESSES];
    size_t n_addr, at_addr;
    unsigned redirects;
    struct handset_fetch fetch;
    bool naming;  /* the host's address is not known yet */
    bool chained; /* a file named another Profile_Rule */
    struct rule_phone macros;
    char version[64], ip[ADDR_TEXT], servip[ADDR_TEXT];
};

/* h->wants */
enum { WANT_ONCE = 1, WANT_CONFIG = 2, WANT_UPLOAD = 4, WANT_TRUST = 8, WANT_VOICE = 16 };

/* -- out.c */
struct handset_action *handset_push(struct handset *h,
                                    enum handset_do_what what); /* NULL: no memory */
struct str handset_copy(struct handset *h, struct str s);       /* lives as long as the actions */
bool handset_pop(struct handset *h, struct handset_action *ret_action);
void handset_out_clear(struct handset *h);
void handset_say(struct handset *h, const char *tag, const char *text, const struct str *values,
                 size_t n);
#define SAY(h, tag, text, ...)                                   \
    handset_say(h, tag, text, (const struct str[]){__VA_ARGS__}, \
                sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
void handset_stage(struct handset *h, enum stage stage);
void handset_stage_end(struct handset *h, enum stage stage, enum stage_state state);

/* -- boot.c */
void handset_boot(struct handset *h);
void handset_reboot(struct handset *h, enum phone_reboot why, bool recorded);
void handset_on_state_time(struct handset *h);

/* -- plan.c */
void handset_plan_success(struct handset *h);
/* `connection`: nothing answered. */
void handset_plan_failure(struct handset *h, bool connection);
void handset_plan_first(struct handset *h);
void handset_resync_due(struct handset *h);
void handset_plan_report(struct handset *h);

/* -- target.c */
void handset_resync(struct handset *h);
/* Whether Restricted_Access_Domains lets it there. */
bool handset_allowed(const struct handset *h, struct str host);

/* -- job.c */
bool job_begin(struct handset *h, enum job_kind kind);
void job_end(struct handset *h);
/* In the job's arena; empty: no memory. */
struct str job_join(struct handset *h, struct str a, struct str b);
void job_next(struct handset *h); /* the next wish, where no job is under way */
void job_rule(struct handset *h); /* JOB_PROFILE: from job->rule on */
void job_go(struct handset *h);   /* to job->to */
void job_failed(struct handset *h, const char *why, bool connection);
void job_done(struct handset *h, const struct handset_fetched *f);
enum err job_eval(struct handset *h, struct str rule, enum rule_kind kind) MUST_CHECK;

void job_wants_trust(struct handset *h);

/* -- macro.c */
void job_macros_begin(struct handset *h);
struct rule_values job_macros(struct handset *h);
/* A message of the parameter `name`, where it is the usual one by the row's text. */
void job_say(struct handset *h, const char *name, const char *row);
struct str job_expand(struct handset *h, struct str text); /* empty: no memory, too long */

/* -- fetch.c, request.c */
void job_answer(struct handset *h, enum handset_heard heard, struct str bytes);
void job_fetch(struct handset *h);

/* -- names.c */
void handset_ask(struct handset *h, uint32_t id, struct str name, uint16_t type);
void handset_tell_answer(struct handset *h, enum handset_heard heard, struct str bytes);

/* -- cache.c */
void handset_cache_put(struct handset *h, struct str bytes); /* an answer that came */
/* Known: the cache says so, and answers the question at the next handset_cache_next. */
bool handset_cache_take(struct handset *h, uint32_t id, struct str name, uint16_t type);
/* False: no question waits for it. */
bool handset_cache_next(struct handset *h);
void handset_cache_clear(struct handset *h);
size_t handset_cache_memory(const struct handset *h);

/* -- decode.c: the configuration that `f` brought, applied. NULL: well, else why not. */
const char *handset_take_profile(struct handset *h, const struct handset_fetched *f,
                                 bool *ret_empty);

/* -- lines.c */
void handset_voice(struct handset *h); /* begins anew with what is configured */
void handset_lines_clear(struct handset *h);
void handset_lines_time(struct handset *h);
bool handset_lines_next(struct handset *h, struct handset_action *ret_action);
usec_t handset_lines_deadline(const struct handset *h);
/* To who asked, if they still wait. */
void handset_answered(struct handset *h, uint32_t id, enum handset_heard heard, struct str bytes);
struct handset_line *handset_line_of(struct handset *h, uint32_t id, bool question);

/* -- wish.c */
void handset_obey(struct handset *h, struct str event, struct str body);
void handset_upgrade(struct handset *h, struct str url);
void handset_upgraded(struct handset *h);

static inline uint32_t handset_id(struct handset *h)
{
    return ++h->ids ? h->ids : ++h->ids;
}

static inline struct str handset_get(const struct handset *h, const char *name)
{
    return phone_get(h->phone, str_z(name));
}

/* Phones but one model end with TLS 1.2 (docs/sources.md: AGF). */
static inline struct str handset_tls_most(const struct handset *h)
{
    return phone_fault(h->phone, PHONE_FAULT_TLS_OLD) ? STR("TLS 1.1") : STR("TLS 1.2");
}

/* Who knows no more than that asks for no more. */
static inline struct str handset_tls_least(const struct handset *h)
{
    return phone_fault(h->phone, PHONE_FAULT_TLS_OLD) ? STR("TLS 1.1")
                                                      : handset_get(h, "TLS_Client_Min_Version");
}

static inline usec_t handset_sooner(usec_t a, usec_t b)
{
    return a == USEC_NONE || (b != USEC_NONE && b < a) ? b : a;
}

#endif
