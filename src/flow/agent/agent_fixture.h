/* A line of a phone in virtual time, with name servers and registrars that do as they are told: for the tests and the fuzz target. */
#ifndef FLOW_AGENT_FIXTURE_H
#define FLOW_AGENT_FIXTURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/agent/agent.h"
#include "proto/digest/digest.h"
#include "proto/dns/dns_write.h"
#include "proto/sip/sip.h"
#include "proto/sip/sip_reply.h"

/* What may not be, is the end of the test. */
static inline void fix_must(bool so, const char *what)
{
    if (!so) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

enum { FIX_TRACE = 16384, FIX_TEXT = 8192 };

/* -- Digests that are none: what is hashed is what is tested; the functions are io/tls's business. */
static inline enum err fix_digest(enum digest_algorithm algorithm, const struct str *parts,
                                  size_t n, uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    uint64_t h = 0xcbf29ce484222325U + (uint64_t)algorithm;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < parts[i].len; j++) {
            h = (h ^ (unsigned char)parts[i].p[j]) * 0x100000001b3U;
        }
    }
    *ret_len = algorithm == DIGEST_MD5 ? 16 : 32;
    for (size_t i = 0; i < *ret_len; i++) {
        h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9U + i;
        ret_digest[i] = (uint8_t)(h >> 56);
    }
    return ERR_OK;
}

static const struct crypto fix_crypto = {.digest = fix_digest};

struct fix {
    struct agent_cfg cfg;
    struct agent_line line;
    struct agent_work *work;
    struct agent a;
    usec_t now;
    const char
        *script; /* what registrars answer, one word for each REGISTER; the last word holds on */
    const char *refused; /* letters of servers whose port is closed */
    const char *names;   /* "silent", "none": name servers; else they answer */
    const char *challenge;
    bool opened, over;
    bool quiet; /* nothing is traced */
    struct endpoint local;
    struct endpoint at; /* of what is open */
    struct str name;    /* that was to be checked, of the last one */
    char name_text[300];
    unsigned sent, asked, opens, closes, notified, calls;
    char last[FIX_TEXT]; /* the last message sent, NUL-terminated */
    size_t last_len;
    char event[128];
    enum agent_call_state call;
    struct endpoint media;
    struct sip_msg msg;
    struct sip_core core;
    size_t used;
    char trace[FIX_TRACE];
    /* What waits to be told to the agent: names and connections are quick, nothing else in between. */
    enum { FIX_NOTHING, FIX_OPEN, FIX_REFUSED } open_next;
    char answer[FIX_TEXT];
    size_t answer_len;
    bool closes_next;
    uint8_t dns[2048];
    size_t dns_len;
    enum { FIX_NO_NAME, FIX_NAME, FIX_NO_ANSWER } name_next;
};

__attribute__((format(printf, 2, 3))) static inline void fix_say(struct fix *f, const char *fmt,
                                                                 ...)
{
    va_list ap;
    if (f->quiet || f->used >= sizeof f->trace - 100) {
        return;
    }
    va_start(ap, fmt);
    int n = vsnprintf(f->trace + f->used, sizeof f->trace - f->used, fmt, ap);
    va_end(ap);
    f->used += n > 0 ? (size_t)n : 0;
}

static inline void fix_when(struct fix *f)
{
    char text[40];
    snprintf(text, sizeof text, "%.2f", (double)f->now / 1e6);
    size_t n = strlen(text);
    while (text[n - 1] == '0') {
        text[--n] = '\0';
    }
    text[n - 1] = text[n - 1] == '.' ? '\0' : text[n - 1];
    fix_say(f, "%s%s", f->used ? " " : "", text);
}

/* -- names: sip.example.com has SRV a (priority 5), b (10, weight 1), c (10, weight 0); x.example.com is only an address. */
static inline void fix_srv(struct dns_writer *w, struct str owner, unsigned priority,
                           const char *target)
{
    struct dns_owner o = {DNS_ANSWER, owner, 200};
    struct dns_srv srv = {.priority = (uint16_t)priority, .weight = priority == 10, .port = 5070};
    dns_write_srv(w, &o, &srv, str_z(target));
}

static inline void fix_name(struct fix *f, struct str name, uint16_t type)
{
    struct dns_message head = {.id = 1, .response = true, .recursive = true};
    struct dns_writer w;
    struct dns_owner o = {DNS_ANSWER, name, 814};
    bool srv = type == DNS_SRV && str_ends(name, STR(".sip.example.com"));
    bool host = str_ends(name, STR(".example.com")) && name.p[1] == '.';
    bool none = f->names && strcmp(f->names, "none") == 0;
    head.rcode = !srv && !host ? DNS_NXDOMAIN : 0;
    dns_write_begin(&w, f->dns, sizeof f->dns, &head);
    dns_write_question(&w, name, type);
    if (srv && !none) {
        fix_srv(&w, name, 10, "b.example.com");
        fix_srv(&w, name, 5, "a.example.com");
        fix_srv(&w, name, 10, "c.example.com");
    } else if (host && type == DNS_A && !none) {
        dns_write_addr(&w, &o, addr4(0xc0000200U + (uint8_t)name.p[0]));
    } else if (host && type == DNS_AAAA && !none) {
        dns_write_addr(&w, &o, addr_of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16));
    }
    f->dns_len = dns_write_end(&w);
    f->asked++;
    f->name_next = f->names && strcmp(f->names, "silent") == 0 ? FIX_NO_ANSWER : FIX_NAME;
}

/* Servers by the last byte of their addresses: 'a' to 'z'. */
static inline char fix_letter(struct endpoint e)
{
    return e.ip.b[3] >= 'a' && e.ip.b[3] <= 'z' ? (char)e.ip.b[3] : '?';
}

/* -- registrars */

static inline struct sink fix_reply(struct fix *f, struct buf *b, unsigned status)
{
    *b = (struct buf){.p = f->answer, .cap = sizeof f->answer, .limit = sizeof f->answer};
    struct sink s = buf_sink(b);
    struct sip_reply r = {
        .request = &f->msg, .core = &f->core, .status = status, .to_tag = STR("server")};
    sip_reply_begin(&s, &r);
    return s;
}

static inline bool fix_proven(const struct fix *f)
{
    struct digest d;
    struct err_at at;
    char ha1[DIGEST_HEX];
    size_t len = 0;
    bool sess = false;
    enum digest_algorithm algorithm = DIGEST_MD5;
    enum digest_verdict verdict = DIGEST_WRONG;
    struct str value = sip_value(&f->msg, SIP_AUTHORIZATION);
    value = value.p ? value : sip_value(&f->msg, SIP_PROXY_AUTHORIZATION);
    return value.p && digest_read(value, &d, &at) == ERR_OK &&
           digest_algorithm_read(d.algorithm.p ? d.algorithm : STR("MD5"), &algorithm, &sess) &&
           digest_check_form(&d, NULL) == DIGEST_FORM_OK && str_eq(d.uri, f->msg.uri) &&
           digest_ha1(&fix_crypto, algorithm, d.username, d.realm, STR("secret"), ha1, &len) ==
               ERR_OK &&
           digest_verify(&fix_crypto, &d, str_of(ha1, len), f->msg.method, f->msg.body, NULL,
                         &verdict) == ERR_OK &&
           verdict == DIGEST_RIGHT;
}

/* The word that is due; the last one stays. */
static inline void fix_word(struct fix *f, char word[64])
{
    size_t n = strcspn(f->script, " ");
    snprintf(word, 64, "%.*s", (int)(n < 63 ? n : 63), f->script);
    if (f->script[n] == ' ') {
        f->script += n + 1;
    }
}

/* A word: "-" silence, "x" ends the connection, "A" 401 until proven, then as "200:120"; "STATUS[:VALUE]": VALUE goes into expires,
 * Min-Expires, Retry-After or Contact; 401 and 407 with f->challenge, "stale" adds stale=true. */
static inline void fix_answer(struct fix *f)
{
    struct buf b;
    char word[64];
    fix_word(f, word);
    if (word[0] == '-' || word[0] == 'x') {
        f->closes_next = word[0] == 'x';
        return;
    }
    bool ask = word[0] == 'A';
    unsigned status = ask ? (fix_proven(f) ? 200 : 401) : (unsigned)strtoul(word, NULL, 10);
    const char *value = strchr(word, ':');
    value = value ? value + 1 : ask ? "120" : "";
    struct sink s = fix_reply(f, &b, status);
    if (status == 401 || status == 407) {
        sink_fmt(&s, "%s: %s%s\r\n", status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate",
                 f->challenge, strcmp(value, "stale") == 0 ? ",stale=true" : "");
    } else if (status == 200 && *value) {
        char at[ENDPOINT_TEXT];
        endpoint_write(f->local, at);
        sink_fmt(&s,
                 "Contact: <sip:other@198.51.100.1>;expires=77, <sip:1001@%s>;q=0.5;expires=%s\r\n",
                 at, value);
    } else if (status / 100 == 3) {
        sink_fmt(&s, "Contact: <sip:1001@%s>\r\n", value);
    } else if (*value) {
        sink_fmt(&s, "%s: %s\r\n", status == 423 ? "Min-Expires" : "Retry-After", value);
    }
    sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    fix_must(s.err == ERR_OK, "no room for an answer");
    f->answer_len = b.len;
}

static inline void fix_take_register(struct fix *f)
{
    struct str contact = sip_value(&f->msg, SIP_CONTACT);
    size_t at = str_find(contact, STR(";expires="));
    fix_must(at != STR_NPOS, "a REGISTER without expires");
    struct str expires = str_from(contact, at + 9);
    bool auth = sip_find(&f->msg, SIP_AUTHORIZATION) || sip_find(&f->msg, SIP_PROXY_AUTHORIZATION);
    fix_when(f);
    fix_say(f, ">%c%s", fix_letter(f->at), auth ? "+" : "");
    if (!str_eq(expires, STR("3600"))) {
        fix_say(f, "=%.*s", STR_ARG(expires));
    }
    fix_answer(f);
}

static inline void fix_take_send(struct fix *f, const struct agent_action *x)
{
    struct err_at at;
    f->sent++;
    f->last_len = x->text.len < sizeof f->last - 1 ? x->text.len : sizeof f->last - 1;
    memcpy(f->last, x->text.p, f->last_len);
    f->last[f->last_len] = '\0';
    f->at = x->peer;
    if (str_trim(x->text).len == 0) {
        return;
    }
    if (sip_read(x->text, &f->msg, &at) != ERR_OK || sip_core_read(&f->msg, &f->core, &at)) {
        if (f->msg.request) {
            fix_must(false, at.what);
        }
    }
    if (f->msg.request && str_eq(f->msg.method, STR("REGISTER"))) {
        fix_take_register(f);
    }
}

static inline void fix_take_state(struct fix *f, const struct agent_action *x)
{
    static const char *const why[] = {"", "", "silence", "broken", "names", ""};
    if (x->state == AGENT_REGISTERED) {
        fix_when(f);
        fix_say(f, "[R%u]", f->a.granted);
    } else if (x->state == AGENT_WAITING || x->state == AGENT_STOPPED) {
        fix_when(f);
        fix_say(f, "[%c%s", x->state == AGENT_WAITING ? 'W' : 'S', why[x->why]);
        if (x->status) {
            fix_say(f, "%u", x->status);
        }
        fix_say(f, "]");
    }
}

static inline void fix_take(struct fix *f, const struct agent_action *x)
{
    switch (x->what) {
    case AGENT_ASK:
        fix_name(f, x->text, x->type);
        break;
    case AGENT_OPEN:
        fix_must(!f->opened, "opened twice");
        f->opens++;
        f->at = x->peer;
        snprintf(f->name_text, sizeof f->name_text, "%.*s", STR_ARG(x->text));
        f->open_next =
            f->refused && strchr(f->refused, fix_letter(x->peer)) ? FIX_REFUSED : FIX_OPEN;
        f->local.port = x->port_least;
        break;
    case AGENT_SEND:
        fix_must(f->opened, "sent while nothing is open");
        fix_take_send(f, x);
        break;
    case AGENT_CLOSE:
        f->closes++;
        f->opened = false;
        f->open_next = FIX_NOTHING;
        break;
    case AGENT_STATE:
        fix_take_state(f, x);
        break;
    case AGENT_NOTIFY:
        f->notified++;
        snprintf(f->event, sizeof f->event, "%.*s", STR_ARG(x->text));
        break;
    case AGENT_CALL:
        f->calls++;
        f->call = x->call;
        f->media = x->media;
        break;
    }
}

static inline void fix_drain(struct fix *f)
{
    struct agent_action x;
    while (agent_next(&f->a, &x)) {
        fix_take(f, &x);
    }
}

/* Tells the agent the next thing that waits. False: nothing does. */
static inline bool fix_tell(struct fix *f)
{
    if (f->name_next != FIX_NO_NAME) {
        bool silent = f->name_next == FIX_NO_ANSWER;
        f->name_next = FIX_NO_NAME;
        agent_on_answer(&f->a, silent ? SELECT_SILENT : SELECT_ANSWERED,
                        str_of((const char *)f->dns, silent ? 0 : f->dns_len), f->now);
    } else if (f->open_next != FIX_NOTHING) {
        f->opened = f->open_next == FIX_OPEN;
        bool opened = f->opened;
        f->open_next = FIX_NOTHING;
        if (opened) {
            agent_on_open(&f->a, f->local, f->now);
        } else {
            agent_on_closed(&f->a, f->now);
        }
    } else if (f->closes_next) {
        f->closes_next = f->opened = false;
        agent_on_closed(&f->a, f->now);
    } else if (f->answer_len > 0) {
        char text[FIX_TEXT];
        size_t n = f->answer_len;
        memcpy(text, f->answer, n);
        f->answer_len = 0;
        agent_on_bytes(&f->a, str_of(text, n), f->now);
    } else {
        return false;
    }
    fix_drain(f);
    return true;
}

/* Until `seconds` of run time. */
static inline void fix_run(struct fix *f, double seconds)
{
    usec_t end = (usec_t)(seconds * 1e6);
    for (unsigned turns = 0; turns < 100000; turns++) {
        fix_drain(f);
        if (fix_tell(f)) {
            continue;
        }
        usec_t next = agent_deadline(&f->a);
        if (next == USEC_NONE || next > end) {
            f->now = end;
            return;
        }
        f->now = next > f->now ? next : f->now;
        agent_on_time(&f->a, f->now);
    }
    fix_must(false, "it turns in a circle");
}

static inline void fix_bytes(struct fix *f, const char *text)
{
    agent_on_bytes(&f->a, str_z(text), f->now);
    fix_drain(f);
}

/* One server (a) over UDP, everything else as usual. */
static inline void fix_init(struct fix *f)
{
    memset(f, 0, sizeof *f);
    agent_cfg_usual(&f->cfg);
    f->cfg.crypto = &fix_crypto;
    f->cfg.domain = STR("example.com");
    f->cfg.user_agent = STR("Cisco-CP-8865-3PCC/12.0.2");
    f->cfg.servers.servers = STR("192.0.2.97");
    f->line = (struct agent_line){.user = STR("1001"),
                                  .password = STR("secret"),
                                  .mac = {{0, 0, 0x5e, 0, 0x53, 1}},
                                  .uuid = {0x47, 0xcf, 0xf2, 0x6a, 0x47, 0x13, 0x41, 0xa1, 0x8d,
                                           0x75, 0x28, 0xd7, 0xb6, 0x38, 0xff, 0xe8}};
    f->script = "A";
    f->challenge = "DIGEST realm=\"BroadWorks\",qop=\"auth\",nonce=\"BroadWorksX1\",algorithm=MD5";
    f->local = (struct endpoint){{4, {192, 0, 2, 6}}, 5060};
}

static inline void fix_start(struct fix *f)
{
    fix_must(agent_work_new(&f->work) == ERR_OK, "no memory");
    agent_init(&f->a, &f->cfg, &f->line, f->work, NULL, 7);
    agent_start(&f->a, f->now);
}

static inline void fix_clear(struct fix *f)
{
    agent_clear(&f->a);
    agent_work_free(f->work);
}

#endif
