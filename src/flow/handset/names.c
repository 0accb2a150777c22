/* Questions to name servers, and what the phone's own name cache says of them. */
#include <stdio.h>

#include "flow/handset/inside.h"
#include "proto/dns/dns.h"

enum { NXDOMAIN = 3 };

static const struct addr dead = {.family = 4, .b = {192, 0, 2, 53}};

void handset_ask(struct handset *h, uint32_t id, struct str name, uint16_t type)
{
    char word[DNS_WORD], room[ADDR_TEXT];
    SAY(h, "dnsmasq", "query[{qtype}] {host} from {from}", str_z(dns_type_name(type, word)), name,
        STR("127.0.0.1"));
    if (handset_cache_take(h, id, name, type)) {
        return;
    }
    struct handset_action *a = handset_push(h, HANDSET_ASK);
    if (!a) {
        return;
    }
    a->id = id;
    a->text = handset_copy(h, name);
    a->type = type;
    a->wait = h->cfg->name_wait;
    if (phone_fault(h->phone, PHONE_FAULT_DNS_STATIC)) {
        a->server = &dead;
        a->n_servers = 1;
    } else if (h->lease) {
        a->server = h->lease->dns;
        while (a->n_servers < HANDSET_SERVERS && !addr_unset(h->lease->dns[a->n_servers])) {
            a->n_servers++;
        }
    }
    if (a->n_servers) {
        SAY(h, "dnsmasq", "forwarded {host} to {server}", name, addr_write(a->server[0], room));
    } else {
        SAY(h, "dnsmasq", "config error is {error}", STR("REFUSED"));
    }
}

void handset_on_asked(struct handset *h, struct str name, struct addr server, usec_t now)
{
    char room[ADDR_TEXT];
    h->now = now;
    if (h->state == HANDSET_UP) {
        SAY(h, "dnsmasq", "forwarded {host} to {server}", name, addr_write(server, room));
    }
}

/* "Mon Sep 4 22:53:52 2023". */
static struct str ctime_text(usec_t date, char room[40])
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    int year = 0, month = 0, day = 0;
    int64_t n = date / USEC_DAY - (date % USEC_DAY < 0);
    int s = (int)((date - n * USEC_DAY) / USEC_S);
    time_civil(n, &year, &month, &day);
    int len = snprintf(room, 40, "%.3s %s %d %02d:%02d:%02d %d", days + (n % 7 + 7) % 7 * 3,
                       time_month_name(month), day, s / 3600, s / 60 % 60, s % 60, year);
    return str_of(room, len > 0 ? (size_t)len : 0);
}

static void say_insert(struct handset *h, struct str name, const char *flags, uint32_t ttl)
{
    char room[40];
    SAY(h, "dnsmasq", "[cache_insert] {host}[{hex}]: {value}", name, str_z(flags),
        ctime_text(handset_date(h, h->now) + ttl * USEC_S, room));
}

static void say_srv(struct handset *h, struct str owner, const struct dns_rr *rr)
{
    char text[DNS_NAME_TEXT], number[4][STR_NUMBER];
    struct dns_srv srv;
    if (!dns_rr_srv(rr, &srv)) {
        return;
    }
    struct str target = dns_name_text(srv.target, text);
    SAY(h, "dnsmasq",
        "caching SRV record={host} with ttl={ttl} [target={target}, port={port}, prio={priority}, "
        "wt={weight}]",
        owner, str_number(number[0], rr->ttl), target, str_number(number[1], srv.port),
        str_number(number[2], srv.priority), str_number(number[3], srv.weight));
    SAY(h, "dnsmasq", "reply {host} is {value}", owner, target);
    say_insert(h, owner, "10208", rr->ttl);
}

static void say_record(struct handset *h, const struct dns_rr *rr)
{
    char name[DNS_NAME_TEXT], room[ADDR_TEXT];
    struct str owner = dns_name_text(rr->owner, name);
    struct addr a;
    if (rr->section != DNS_ANSWER) {
        return;
    }
    if (rr->type == DNS_SRV) {
        say_srv(h, owner, rr);
    } else if (rr->type == DNS_CNAME) {
        SAY(h, "dnsmasq", "reply {host} is {value}", owner, STR("<CNAME>"));
        say_insert(h, owner, "4008", rr->ttl);
    } else if (dns_rr_addr(rr, &a)) {
        SAY(h, "dnsmasq", "reply {host} is {value}", owner, addr_write(a, room));
    }
}

void handset_tell_answer(struct handset *h, enum handset_heard heard, struct str bytes)
{
    struct dns_message m;
    struct err_at at;
    struct dns_rr rr;
    char name[DNS_NAME_TEXT], word[DNS_WORD];
    if (!h->cfg->line || heard != HANDSET_ANSWERED || dns_read(bytes, &m, &at) || !m.has_question) {
        return;
    }
    struct dns_answer answer = dns_answer(&m);
    struct dns_walk walk = dns_walk(&m);
    while (dns_next(&walk, &rr)) {
        say_record(h, &rr);
    }
    struct str asked = dns_name_text(answer.name, name);
    if (m.rcode == NXDOMAIN) {
        SAY(h, "dnsmasq", "reply {host} is {value}", asked, STR("NXDOMAIN"));
    } else if (m.rcode) {
        SAY(h, "dnsmasq", "reply error is {error}", str_z(dns_rcode_name(m.rcode, word)));
    } else if (answer.n == 0) {
        SAY(h, "dnsmasq", "reply {host} is {value}", asked,
            m.question.type == DNS_AAAA ? STR("NODATA-IPv6")
            : m.question.type == DNS_A  ? STR("NODATA-IPv4")
                                        : STR("NODATA"));
    }
}
