/* An answer in words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/probe/ask.h"

enum { RECORDS = 6 /* that are named */ };

/* Text that ends where the buffer does. */
struct words {
    char *p;
    size_t cap;
    size_t len;
};

static void say(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct words *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(w->p + w->len, w->cap - w->len, fmt, ap);
    va_end(ap);
    size_t room = w->cap - w->len - 1;
    w->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
}

static void say_naptr(struct words *w, const struct dns_naptr *n)
{
    char name[DNS_NAME_TEXT];
    (void)dns_name_text(n->replacement, name);
    say(w, "%u %u \"%.*s\" \"%.*s\" \"%.*s\" %s", n->order, n->preference, STR_ARG(n->flags),
        STR_ARG(n->services), STR_ARG(n->regexp), name);
}

static void say_record(struct words *w, const struct dns_rr *rr)
{
    char text[DNS_NAME_TEXT];
    struct addr addr;
    struct dns_name name;
    struct dns_srv srv;
    struct dns_naptr naptr;
    if (dns_rr_addr(rr, &addr)) {
        (void)addr_write(addr, text);
        say(w, "%s", text);
    } else if (dns_rr_srv(rr, &srv)) {
        (void)dns_name_text(srv.target, text);
        say(w, "%u %u %s:%u", srv.priority, srv.weight, text, srv.port);
    } else if (dns_rr_naptr(rr, &naptr)) {
        say_naptr(w, &naptr);
    } else if (dns_rr_name(rr, &name)) {
        (void)dns_name_text(name, text);
        say(w, "%s", text);
    } else {
        say(w, "%zu bytes", rr->data.len);
    }
}

static void say_records(struct words *w, const struct ask_answer *a)
{
    char text[DNS_NAME_TEXT];
    struct dns_rr rr;
    unsigned n = 0;
    for (struct dns_walk walk = dns_walk(&a->m); n < RECORDS && dns_next(&walk, &rr);) {
        if (dns_answers(&a->m, &a->a, &rr)) {
            say(w, "%s", n ? ", " : "");
            say_record(w, &rr);
            n++;
        }
    }
    if (a->a.n > n) {
        say(w, " and %u more", a->a.n - n);
    }
    if (a->a.aliases) {
        (void)dns_name_text(a->a.name, text);
        say(w, ", by alias %s", text);
    }
    say(w, " (ttl %u s)", a->a.ttl);
}

static void say_error(struct words *w, const struct ask_answer *a)
{
    char rcode[DNS_WORD];
    say(w, "%s", dns_rcode_name(a->m.rcode, rcode));
    if (a->has_ede) {
        const char *name = dns_ede_name(a->ede.code);
        say(w, ": %s", name ? name : "extended error");
        if (a->ede.text.len) {
            say(w, " (%.*s)", STR_ARG(str_head(a->ede.text, 80)));
        }
    }
}

static void say_state(struct words *w, const struct ask_answer *a)
{
    switch (a->state) {
    case ASK_ANSWERED:
        say_records(w, a);
        break;
    case ASK_NODATA:
        say(w, "none of this type%s", a->m.recursive ? "" : " (does not recurse)");
        break;
    case ASK_NXDOMAIN:
        say(w, "NXDOMAIN: no such name");
        break;
    case ASK_ERROR:
        say_error(w, a);
        break;
    case ASK_SILENT:
        say(w, "no answer, asked %u time%s", a->tries, a->tries == 1 ? "" : "s");
        break;
    case ASK_CLOSED:
        say(w, "nobody listens there");
        break;
    case ASK_UNREACHABLE:
        say(w, "cannot be reached: %s", strerror(a->os_error));
        break;
    case ASK_TRUNCATED:
        say(w, "too long for UDP, and nothing over TCP");
        break;
    case ASK_BROKEN:
        say(w, "what came is no DNS message");
        break;
    case ASK_NOT_SENT:
        say(w, "not asked");
        break;
    }
}

struct str ask_text(const struct ask_answer *a, char *buf, size_t cap)
{
    struct words w = {.p = buf, .cap = cap};
    buf[0] = '\0';
    say_state(&w, a);
    if (a->truncated && ask_definite(a)) {
        say(&w, "; by TCP, too long for UDP");
    }
    if (a->stray.port) {
        char from[ENDPOINT_TEXT];
        (void)endpoint_write(a->stray, from);
        say(&w, "; an answer came from %s, which phones pass over", from);
    }
    return str_of(buf, w.len);
}
