/* A phone with pages, and requests to them: for the tests and the fuzz target. */
#ifndef FLOW_PANEL_PANEL_FIXTURE_H
#define FLOW_PANEL_PANEL_FIXTURE_H

#include <stdio.h>

#include "flow/panel/panel.h"
#include "flow/screen/screen_fixture.h"
#include "proto/http/http_uri.h"

/* Digests that are none: FNV-1a, again and again. */
static inline void fake_hash(uint64_t seed, struct str key, const struct str *parts, size_t n,
                             uint8_t *ret, size_t len)
{
    uint64_t h = 0xcbf29ce484222325U ^ seed;
    for (size_t i = 0; i <= n; i++) {
        struct str s = i ? parts[i - 1] : key;
        for (size_t k = 0; k < s.len; k++) {
            h = (h ^ (unsigned char)s.p[k]) * 0x100000001b3U;
        }
    }
    for (size_t i = 0; i < len; i++) {
        h = (h ^ i) * 0x100000001b3U;
        ret[i] = (uint8_t)(h >> 32);
    }
}

static inline enum err fake_digest(enum digest_algorithm algorithm, const struct str *parts,
                                   size_t n, uint8_t ret[DIGEST_MOST], size_t *ret_len)
{
    *ret_len = algorithm == DIGEST_MD5 ? 16 : 32;
    fake_hash((uint64_t)algorithm, STR(""), parts, n, ret, *ret_len);
    return ERR_OK;
}

static inline enum err fake_hmac(enum hmac_algorithm algorithm, struct str key,
                                 const struct str *parts, size_t n, uint8_t ret[HMAC_MOST],
                                 size_t *ret_len)
{
    *ret_len = 32;
    fake_hash(100 + (uint64_t)algorithm, key, parts, n, ret, *ret_len);
    return ERR_OK;
}

static const struct crypto fake_crypto = {.digest = fake_digest, .hmac = fake_hmac};

struct place {
    struct face face;
    struct screen screen;
    struct panel panel;
    struct panel_file log[2];
    uint8_t stage[STAGES];
    struct panel_facts facts;
    struct panel_answer a;
    struct addr peer;
    char head_text[4096], path[2048];
    struct http_head head;
};

static inline bool place_open(struct place *p)
{
    static const uint8_t secret[32] = "not a secret, but 32 bytes long";
    *p = (struct place){.peer = addr4(0xc0000263)};
    if (!face_open(&p->face)) {
        return false;
    }
    screen_init(&p->screen);
    panel_init(&p->panel, &fake_crypto, secret);
    p->log[0] = (struct panel_file){STR("messages"), p->face.facts.date, 4711};
    p->log[1] = (struct panel_file){STR("messages.1"), USEC_NONE, 12};
    p->face.report[0] = (struct screen_report){.name = STR("probrep-20230904-225108.tar.gz"),
                                               .date = p->face.facts.date,
                                               .text = STR("The phone is not registered")};
    p->face.facts.n_reports = 1;
    p->stage[STAGE_DHCP] = STAGE_OK;
    p->facts = (struct panel_facts){.seen = &p->face.facts,
                                    .screen = &p->screen,
                                    .log = p->log,
                                    .n_logs = 2,
                                    .stage = p->stage,
                                    .sip_sent = 12};
    return true;
}

static inline void place_close(struct place *p)
{
    panel_answer_clear(&p->a);
    face_close(&p->face);
}

/* "GET /debug", further lines of the head each with CRLF, and a body. False: it is no request that a server would hand on. */
static inline bool place_ask(struct place *p, const char *line, const char *fields, struct str body)
{
    struct err_at at;
    struct panel_request r = {.head = &p->head, .body = body, .peer = p->peer, .https = true};
    int n = snprintf(p->head_text, sizeof p->head_text, "%s HTTP/1.1\r\nHost: 192.0.2.9\r\n%s\r\n",
                     line, fields);
    panel_answer_clear(&p->a);
    p->a = (struct panel_answer){.status = 0};
    if (n <= 0 || (size_t)n >= sizeof p->head_text ||
        http_head_read(str_of(p->head_text, (size_t)n), &p->head, &at) != ERR_OK ||
        http_request_check(&p->head, &at) != ERR_OK ||
        http_target_read(p->head.target, p->path, sizeof p->path, &r.path, &r.query) != ERR_OK) {
        return false;
    }
    r.method = http_method_of(p->head.method);
    return panel_on_request(&p->panel, &p->facts, &r, &p->a) == ERR_OK;
}

#endif
