/* What a capture holds, as flow/wire tells it: one line an event, its fields separated by TABs.
 *
 *     wiredump [-k KEYLOG] [-c] FILE...     -c: count only; "-" is standard input
 *
 * The first fields of each line are the kind of event, the frame and the ends of the packet. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/wire/wire.h"
#include "io/tls/crypto.h"
#include "proto/dhcp/dhcp.h"
#include "proto/dns/dns.h"
#include "proto/http/http.h"
#include "proto/ntp/ntp.h"
#include "proto/tftp/tftp.h"
#include "proto/tls/tls.h"
#include "proto/tls/tls_name.h"

static void head(const char *kind, const struct wire_at *at)
{
    char src[ENDPOINT_TEXT];
    char dst[ENDPOINT_TEXT];
    printf("%s\t%llu\t%.*s\t%.*s", kind, (unsigned long long)at->frame,
           STR_ARG(endpoint_write(at->src, src)), STR_ARG(endpoint_write(at->dst, dst)));
}

static void hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        printf("%02x", (unsigned char)s.p[i]);
    }
}

/* Up to the line's end, without what would break the table. */
static void line(struct str s)
{
    for (size_t i = 0; i < s.len && s.p[i] != '\r' && s.p[i] != '\n'; i++) {
        putchar((unsigned char)s.p[i] < ' ' ? '?' : s.p[i]);
    }
}

static void addr(struct addr a)
{
    char text[ADDR_TEXT];
    printf("%.*s", STR_ARG(addr_write(a, text)));
}

static void on_dhcp(void *ctx, const struct wire_at *at, const struct dhcp_message *m)
{
    (void)ctx;
    head("dhcp", at);
    printf("\t%s\t%08x\t", dhcp_type_name(m->type), m->xid);
    hex(m->chaddr);
    putchar('\t');
    addr(m->yiaddr);
    for (unsigned code = 1; code < 255; code++) {
        if (dhcp_has(m, (uint8_t)code)) {
            printf("\t%u=", code);
            hex(dhcp_option(m, (uint8_t)code));
        }
    }
    putchar('\n');
}

static void dns_data(const struct dns_rr *rr)
{
    struct addr a;
    struct dns_name name;
    struct dns_srv srv;
    char text[DNS_NAME_TEXT];
    if (dns_rr_addr(rr, &a)) {
        addr(a);
    } else if (dns_rr_name(rr, &name)) {
        printf("%.*s", STR_ARG(dns_name_text(name, text)));
    } else if (dns_rr_srv(rr, &srv)) {
        printf("%u %u %u %.*s", srv.priority, srv.weight, srv.port,
               STR_ARG(dns_name_text(srv.target, text)));
    }
}

static void on_dns(void *ctx, const struct wire_at *at, const struct dns_message *m, bool tcp)
{
    char text[DNS_NAME_TEXT];
    char word[DNS_WORD];
    (void)ctx;
    head(tcp ? "dns-tcp" : "dns", at);
    printf("\t%04x\t%d\t%u\t", m->id, m->response, m->rcode);
    if (m->has_question) {
        printf("%.*s %s", STR_ARG(dns_name_text(m->question.name, text)),
               dns_type_name(m->question.type, word));
    }
    struct dns_walk walk = dns_walk(m);
    struct dns_rr rr;
    while (dns_next(&walk, &rr)) {
        if (rr.section == DNS_ANSWER) {
            printf("\t%s %u ", dns_type_name(rr.type, word), rr.ttl);
            dns_data(&rr);
        }
    }
    putchar('\n');
}

static void on_tcp(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                   enum wire_tcp e, bool from_client)
{
    static const char *const names[] = {"syn",   "syn-again", "up",     "refused",
                                        "reset", "fin",       "silent", "unanswered"};
    char client[ENDPOINT_TEXT];
    char server[ENDPOINT_TEXT];
    (void)ctx;
    printf("tcp\t%llu\t%.*s\t%.*s\t%u\t%s\t%s\t%llu\t%llu\t%d\t%d\t%u\n",
           (unsigned long long)at->frame, STR_ARG(endpoint_write(conn->client, client)),
           STR_ARG(endpoint_write(conn->server, server)), conn->id, names[e],
           from_client ? "client" : "server", (unsigned long long)conn->bytes[0],
           (unsigned long long)conn->bytes[1], conn->lost[0], conn->lost[1], conn->what);
}

static void on_tls(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                   bool from_client, const struct tls_event *e)
{
    static const char *const names[] = {
        "client-hello", "server-hello", "certificate", "certificate-request",
        "finished",     "handshake",    "change",      "alert",
        "data",         "hidden",       "malformed",   "not-tls",
        "lost"};
    (void)ctx;
    head("tls", at);
    printf("\t%u\t%s\t%s\t%s\t", conn->id, from_client ? "client" : "server",
           e->decrypted ? "decrypted" : "clear", names[e->kind]);
    if (e->kind == TLS_CLIENT_HELLO) {
        line(e->hello.sni);
    } else if (e->kind == TLS_SERVER_HELLO) {
        printf("%04x %04x", e->hello.version, e->hello.cipher);
    } else if (e->kind == TLS_ALERT && !e->alert.hidden) {
        printf("%u %u", e->alert.level, e->alert.description);
    }
    putchar('\n');
}

static void on_http(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                    bool from_client, const struct http_head *h, bool decrypted)
{
    (void)ctx;
    head("http", at);
    printf("\t%u\t%s\t%s\t", conn->id, from_client ? "client" : "server",
           decrypted ? "decrypted" : "clear");
    if (h->request) {
        printf("%.*s %.*s\n", STR_ARG(h->method), STR_ARG(h->target));
    } else {
        printf("%u %.*s\n", h->status, STR_ARG(h->reason));
    }
}

static void on_sip(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                   struct str message, bool from_client, bool decrypted)
{
    (void)ctx;
    head("sip", at);
    printf("\t%u\t%s\t%s\t%zu\t", conn ? conn->id : 0, from_client ? "client" : "server",
           decrypted ? "decrypted" : "clear", message.len);
    line(message);
    putchar('\n');
}

static void on_tftp(void *ctx, const struct wire_at *at, const struct tftp_message *m)
{
    (void)ctx;
    head("tftp", at);
    printf("\t%s\t%.*s\t%u\t%zu\n", tftp_op_name(m->op), STR_ARG(m->file), m->block, m->data.len);
}

static void on_ntp(void *ctx, const struct wire_at *at, const struct ntp_message *m)
{
    (void)ctx;
    head("ntp", at);
    printf("\t%u\t%u\n", m->mode, m->stratum);
}

static void on_icmp(void *ctx, const struct wire_at *at, const struct wire_icmp *m)
{
    char src[ENDPOINT_TEXT];
    char dst[ENDPOINT_TEXT];
    (void)ctx;
    head("icmp", at);
    printf("\t%u\t%u\t%u\t%.*s\t%.*s\n", m->type, m->code, m->proto,
           STR_ARG(endpoint_write(m->src, src)), STR_ARG(endpoint_write(m->dst, dst)));
}

static void on_problem(void *ctx, uint64_t offset, const char *what)
{
    (void)ctx;
    printf("problem\t%llu\t%s\n", (unsigned long long)offset, what);
}

static bool dump(struct wire *w, const char *name)
{
    static char block[256 << 10];
    int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY);
    if (fd < 0) {
        fprintf(stderr, "wiredump: %s: %s\n", name, strerror(errno));
        return false;
    }
    wire_begin(w);
    for (ssize_t n; (n = read(fd, block, sizeof block)) > 0;) {
        wire_feed(w, str_of(block, (size_t)n));
    }
    wire_end(w);
    close(fd);
    struct wire_count n = wire_count(w);
    fprintf(stderr,
            "%s: %llu frames, %llu bytes, %llu connections, %llu malformed, %llu cut, %llu "
            "fragments, %llu incomplete, %llu holes, %llu problems, %zu KiB\n",
            name, (unsigned long long)n.frames, (unsigned long long)n.bytes,
            (unsigned long long)n.conns, (unsigned long long)n.malformed, (unsigned long long)n.cut,
            (unsigned long long)n.fragments, (unsigned long long)n.incomplete,
            (unsigned long long)n.lost, (unsigned long long)n.problems, n.memory_most >> 10);
    return true;
}

/* The whole of a file; empty when there is none. */
static struct str slurp(const char *name)
{
    static char text[1 << 20];
    FILE *f = name ? fopen(name, "rb") : NULL;
    size_t n = f ? fread(text, 1, sizeof text, f) : 0;
    if (f) {
        fclose(f);
    }
    return str_of(text, n);
}

int main(int argc, char **argv)
{
    static const struct wire_visitor all = {.dhcp = on_dhcp,
                                            .dns = on_dns,
                                            .tcp = on_tcp,
                                            .tls = on_tls,
                                            .http = on_http,
                                            .sip = on_sip,
                                            .tftp = on_tftp,
                                            .ntp = on_ntp,
                                            .icmp = on_icmp,
                                            .problem = on_problem};
    struct wire_visitor v = all;
    const char *keylog = NULL;
    for (int c; (c = getopt(argc, argv, "k:c")) != -1;) {
        if (c == 'k') {
            keylog = optarg;
        } else if (c == 'c') {
            v = (struct wire_visitor){.ctx = NULL};
        } else {
            return 2;
        }
    }
    struct wire_cfg cfg = {.crypto = tls_crypto(), .keylog = slurp(keylog)};
    struct wire *w = wire_new(&v, &cfg);
    bool ok = w != NULL;
    for (int i = optind; i < argc && ok; i++) {
        ok = dump(w, argv[i]);
    }
    wire_free(w);
    return ok ? 0 : 1;
}
