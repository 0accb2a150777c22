/* The doctor: bytes of evidence in, phones with their diagnoses out. Pure: who opens files, and where
 * reports go, is somebody else's matter. */
#ifndef FLOW_DOCTOR_DOCTOR_H
#define FLOW_DOCTOR_DOCTOR_H

#include "domain/diagnosis/diagnosis.h"
#include "flow/dissect/dissect.h"
#include "flow/doctor/knowledge.h"

enum input_kind {
    INPUT_NOTHING, /* no record of a phone was found in it */
    INPUT_LOG,
    INPUT_CAPTURE, /* frames: pcap or pcapng */
    INPUT_PROBE,   /* what a live probe saw (flow/record) */
    INPUT_JOURNAL, /* what servers wrote down (flow/record) */
};

struct input {
    struct str name;
    enum input_kind kind;
    uint64_t bytes;
    uint64_t records; /* of a capture: frames */
    uint64_t lines;
    unsigned group; /* what was given together */
    bool whole;     /* it was read to its regular end */
};

/* Something that could not be read, or not all of it. */
struct problem {
    struct str input;
    struct str member; /* may be empty */
    uint64_t offset;
    struct str what; /* plain words */
    bool damage;     /* evidence was lost */
};

enum { DOCTOR_INPUTS = 200000, DOCTOR_PROBLEMS = 1000 };

struct doctor_cfg {
    struct str expect; /* intended provisioning target; empty: not told */
    /* Whether a secret that was given makes these credentials; NULL when none was given. */
    enum dissect_secret (*secret)(void *ctx, const struct digest *d, struct str method);
    void *ctx;
    const struct crypto
        *crypto;       /* for what stands encrypted in captures; NULL: nothing is decrypted */
    struct str keylog; /* a TLS key log; may be empty */
    /* Of captures only these hosts, a MAC or IP address each; none: who behaves like a phone. */
    const struct str *hosts;
    size_t n_hosts;
    /* Every fact as it is read, for who wants to see them; NULL otherwise. */
    void (*fact)(void *ctx, const struct fact *f);
    void *fact_ctx;
};

struct doctor;

/* Whether `host` is a MAC or IP address, as the configuration takes it. */
bool doctor_host(struct str host);
/* NULL without memory. `k` must outlive it, and so must what the configuration points to. */
struct doctor *doctor_new(const struct knowledge *k, const struct doctor_cfg *cfg);
void doctor_free(struct doctor *d);
/* A file begins; inputs of the same group belong together. Returns its index. */
uint32_t doctor_begin(struct doctor *d, struct str name, enum input_kind kind, unsigned group);
void doctor_feed(struct doctor *d, struct str bytes);
void doctor_end(struct doctor *d, bool whole);
void doctor_problem(struct doctor *d, struct str input, struct str member, uint64_t offset,
                    struct str what, bool damage);
/* All was read. Then: */
void doctor_finish(struct doctor *d);
const struct knowledge *doctor_knowledge(const struct doctor *d);
size_t doctor_inputs(const struct doctor *d);
const struct input *doctor_input(const struct doctor *d, size_t i);
size_t doctor_problems(const struct doctor *d);
const struct problem *doctor_problem_at(const struct doctor *d, size_t i);
const struct phone *doctor_phones(const struct doctor *d);
/* The diagnosis of a phone of this doctor. */
void doctor_diagnose(const struct doctor *d, const struct phone *p, struct diagnosis *ret_d);

#endif
