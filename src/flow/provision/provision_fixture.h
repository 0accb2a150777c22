/* For the tests of provisioning and activation: phones, requests, and what is told in one line. */
#ifndef FLOW_PROVISION_PROVISION_FIXTURE_H
#define FLOW_PROVISION_PROVISION_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "flow/provision/provision.h"
#include "proto/digest/digest.h"
#include "proto/http/http_uri.h"

#define FIX_NOW ((usec_t)1790000000 * USEC_S)

static inline void fix_must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* -- Digests that are none: what is hashed is what is tested. */
static inline void fix_spread(const struct str *parts, size_t n, uint64_t h, uint8_t *out,
                              size_t len)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < parts[i].len; k++) {
            h = (h ^ (unsigned char)parts[i].p[k]) * 0x100000001b3U;
        }
    }
    for (size_t i = 0; i < len; i++) {
        h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9U + i;
        out[i] = (uint8_t)(h >> 56);
    }
}

static inline enum err fix_digest(enum digest_algorithm algorithm, const struct str *parts,
                                  size_t n, uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    *ret_len = algorithm == DIGEST_MD5 ? 16 : 32;
    fix_spread(parts, n, 0xcbf29ce484222325U + (uint64_t)algorithm, ret_digest, *ret_len);
    return ERR_OK;
}

static inline enum err fix_hmac(enum hmac_algorithm algorithm, struct str key,
                                const struct str *parts, size_t n, uint8_t ret_mac[HMAC_MOST],
                                size_t *ret_len)
{
    uint8_t first[8];
    *ret_len = 32;
    fix_spread(&key, 1, 0x84222325U + (uint64_t)algorithm, first, sizeof first);
    uint64_t h = 0;
    memcpy(&h, first, sizeof h);
    fix_spread(parts, n, h, ret_mac, *ret_len);
    return ERR_OK;
}

static const struct crypto fix_crypto = {.digest = fix_digest, .hmac = fix_hmac};

/* -- Phones: 00:00:5e:00:53:01 is known, :02 too but nothing is published for it, all others are not. */

static inline struct mac fix_mac(unsigned last)
{
    return (struct mac){{0, 0, 0x5e, 0, 0x53, (uint8_t)last}};
}

static inline struct client_cert fix_client(enum client_verdict verdict, unsigned last)
{
    struct client_cert c = {.verdict = verdict,
                            .ca = verdict < CLIENT_UNKNOWN ? 0 : -1,
                            .not_before = FIX_NOW - USEC_DAY,
                            .not_after = FIX_NOW + USEC_DAY,
                            .has_mac = last != 0,
                            .mac = fix_mac(last),
                            .model = "CP-8865-3PCC",
                            .issuer = "lab CA"};
    snprintf(c.serial, sizeof c.serial, "FCH%06X%02X", 0x5e0053U, last);
    if (verdict == CLIENT_EXPIRED) {
        c.not_after = FIX_NOW - USEC_DAY;
    }
    return c;
}

struct fix {
    struct provision *p;
    struct provision_request q;
    struct provision_case c;
    struct http_head head;
    char path[256];
    bool looked_up;
    struct prov_device device;
    bool activation, busy;
    usec_t now;
    char told[4096];
};

static inline void fix_cfg(struct provision_cfg *cfg)
{
    *cfg = (struct provision_cfg){.crypto = &fix_crypto,
                                  .realm = STR("phones"),
                                  .rule = STR("https://prov.example.com/$MA.xml"),
                                  .bootstrap = true,
                                  .passwords = true,
                                  .http = PROVISION_BOOTSTRAP,
                                  .tftp = PROVISION_BOOTSTRAP,
                                  .expired_until = USEC_NONE};
}

static inline void fix_open(struct fix *f, const struct provision_cfg *cfg)
{
    *f = (struct fix){.now = FIX_NOW};
    fix_must(provision_new(cfg, &f->p) == ERR_OK);
}

static inline void fix_close(struct fix *f)
{
    provision_free(f->p);
}

/* The inventory. */
static inline const struct prov_device *fix_device(struct fix *f, struct mac mac)
{
    struct prov_device *d = &f->device;
    *d = (struct prov_device){.mac = mac};
    if (mac_eq(mac, fix_mac(1)) || mac_eq(mac, fix_mac(2))) {
        d->known = true;
        d->id = mac.b[5];
        d->model = STR("CP-8865-3PCC");
        d->serial = mac.b[5] == 1 ? STR("FCH5E005301") : str_of(NULL, 0);
        d->key = mac.b[5] == 1 ? STR("abcdefghijklmnop") : str_of(NULL, 0);
        d->etag = STR("e1");
        d->secrets = true;
        fix_must(prov_password_make(&fix_crypto, mac, STR("phones"), STR("new"), USEC_NONE,
                                    &d->password[0]) == ERR_OK);
        fix_must(prov_password_make(&fix_crypto, mac, STR("phones"), STR("old"), FIX_NOW + USEC_DAY,
                                    &d->password[1]) == ERR_OK);
    }
    if (mac_eq(mac, fix_mac(1))) {
        d->plain = STR("<flat-profile/>");
        d->gzip = STR("gzip of it");
        d->ikm = STR("0123456789abcdef");
    }
    return d;
}

/* Facts as lines: "provision.served whole certificate 00:00:5e:00:53:01 other=.. count=2 value=.. text=..". */
static inline void fix_fetch(struct fix *f)
{
    static const enum field more[] = {FIELD_OTHER, FIELD_COUNT, FIELD_VALUE, FIELD_TEXT};
    struct fact fact;
    size_t at = 0;
    f->told[0] = 0;
    while (provision_next(f->p, &fact)) {
        struct str word = fact_get(&fact, FIELD_STATE);
        word = word.p ? word : fact_get(&fact, FIELD_REASON);
        struct str mac = fact_get(&fact, FIELD_MAC);
        at += (size_t)snprintf(f->told + at, sizeof f->told - at, "%s%s %.*s %.*s %.*s",
                               at ? "\n" : "", fact_row(fact.kind)->name, STR_ARG(word),
                               STR_ARG(fact_get(&fact, FIELD_PROOF)), (int)(mac.p ? mac.len : 1),
                               mac.p ? mac.p : "-");
        for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
            struct str v = fact_get(&fact, more[i]);
            if (v.p) {
                at += (size_t)snprintf(f->told + at, sizeof f->told - at, " %s=%.*s",
                                       field_name(more[i]), STR_ARG(v));
            }
        }
        for (unsigned i = 0; i < fact.n; i++) {
            if (!fact_carries(fact.kind, (enum field)fact.f[i].field)) {
                fprintf(stderr, "%s may not carry %s\n", fact_row(fact.kind)->name,
                        field_name((enum field)fact.f[i].field));
                fix_must(false);
            }
        }
    }
}

typedef enum provision_step fix_asker(struct provision *, const struct provision_request *, usec_t,
                                      struct provision_case *);
typedef void fix_answerer(struct provision *, const struct provision_request *,
                          struct provision_case *, const struct prov_device *, usec_t);

/* One request from its text (of TFTP the path alone) to its answer. */
static inline void fix_say(struct fix *f, enum provision_way way, const struct client_cert *client,
                           const char *text, fix_asker *ask, fix_answerer *answer)
{
    struct err_at at;
    f->q = (struct provision_request){
        .way = way, .peer = {{4, {192, 0, 2, 10}}, 40000}, .client = client};
    if (way == PROVISION_TFTP) {
        f->q.path = str_z(text);
    } else {
        fix_must(http_head_read(str_z(text), &f->head, &at) == ERR_OK);
        f->q.head = &f->head;
        fix_must(http_target_read(f->head.target, f->path, sizeof f->path, &f->q.path,
                                  &f->q.query) == ERR_OK);
    }
    f->looked_up = ask(f->p, &f->q, f->now, &f->c) == PROVISION_LOOK_UP;
    if (f->looked_up) {
        const struct prov_device *d = f->busy ? NULL : fix_device(f, f->c.question.mac);
        answer(f->p, &f->q, &f->c, d, f->now);
    }
    fix_fetch(f);
}

/* Time passes, and what gathered is told. */
static inline void fix_wait(struct fix *f, usec_t how_long)
{
    f->now += how_long;
    provision_on_time(f->p, f->now);
    fix_fetch(f);
}

#endif
