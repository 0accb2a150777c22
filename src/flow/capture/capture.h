/* From the frames of a capture to facts, phone by phone: what each host asked, whom it connected to,
 * what it was answered, in the words that a log's facts use. What encryption hides is told to be
 * hidden. */
#ifndef FLOW_CAPTURE_CAPTURE_H
#define FLOW_CAPTURE_CAPTURE_H

#include "base/addr.h"
#include "base/crypto.h"
#include "base/mac.h"
#include "domain/fact/fact.h"

enum {
    CAPTURE_HOSTS = 2000,      /* hosts that are followed; more are counted */
    CAPTURE_MEMORY = 20 << 20, /* bytes of facts that wait for the end of the capture */
    CAPTURE_FILTER = 16,       /* addresses of each kind to be looked for */
};

struct capture_cfg {
    const struct crypto *crypto; /* NULL: nothing is decrypted, certificates are not read */
    struct str keylog;           /* a TLS key log; may be empty */
    /* Only these are looked at; with neither, every host that behaves like a phone. */
    struct mac mac[CAPTURE_FILTER];
    size_t n_macs;
    struct addr addr[CAPTURE_FILTER];
    size_t n_addrs;
    /* Something that the reader should know: `damage` where evidence was lost. */
    void (*problem)(void *ctx, uint64_t offset, const char *what, bool damage);
    void *ctx;
};

/* Where the facts go when the capture was read: host by host, those of a host in order of time. */
struct capture_sink {
    void *ctx;
    void (*host)(void *ctx); /* another host begins */
    void (*mark)(void *ctx, const struct mark *m);
    void (*fact)(void *ctx, const struct fact *f); /* views are good until the call returns */
};

struct capture;

/* NULL without memory. What the configuration points to must stay. */
struct capture *capture_new(const struct capture_cfg *cfg);
void capture_free(struct capture *c);
/* A file begins: `file` is its index. */
void capture_begin(struct capture *c, uint32_t file);
void capture_feed(struct capture *c, struct str bytes);
/* The file ends: its facts are handed over and forgotten. `*order` is the ordinal of the last record
 * before, and afterwards that of the last one of these. Returns how many frames it had. */
uint64_t capture_end(struct capture *c, const struct capture_sink *sink, uint32_t *order);

#endif
