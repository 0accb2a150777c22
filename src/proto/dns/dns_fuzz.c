/* DNS messages: views stay inside, every name has a text that gives the same name, walks end, and a
 * message that lost its end is read as far as it goes. */
#include <stdlib.h>

#include "proto/dns/dns_write.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void inside(struct str all, struct str view)
{
    must(view.len == 0 || (view.p >= all.p && view.p + view.len <= all.p + all.len));
}

static void name_check(struct dns_name name)
{
    char text[DNS_NAME_TEXT];
    uint8_t wire[DNS_NAME_WIRE];
    size_t len;
    struct str s = dns_name_text(name, text);
    must(s.len < DNS_NAME_TEXT && text[s.len] == '\0' && s.len > 0);
    must(dns_name_wire(s, wire, &len));
    must(dns_name_eq(name, (struct dns_name){str_of((const char *)wire, len), 0}));
}

static void data_check(const struct dns_rr *rr)
{
    struct addr a;
    struct dns_name name;
    struct dns_srv srv;
    struct dns_naptr naptr;
    struct dns_soa soa;
    struct dns_mx mx;
    struct str rest = rr->data;
    struct str s;
    int forms = dns_rr_addr(rr, &a);
    if (dns_rr_name(rr, &name)) {
        name_check(name);
        forms++;
    }
    if (dns_rr_srv(rr, &srv)) {
        name_check(srv.target);
        forms++;
    }
    if (dns_rr_naptr(rr, &naptr)) {
        inside(rr->data, naptr.regexp);
        name_check(naptr.replacement);
        forms++;
    }
    if (dns_rr_soa(rr, &soa)) {
        name_check(soa.rname);
        forms++;
    }
    if (dns_rr_mx(rr, &mx)) {
        name_check(mx.exchange);
        forms++;
    }
    must(forms <= 1);
    while (dns_txt_next(&rest, &s)) {
        inside(rr->data, s);
    }
}

static unsigned walk_check(const struct dns_message *m)
{
    struct dns_rr rr;
    unsigned n = 0;
    for (struct dns_walk w = dns_walk(m); dns_next(&w, &rr);) {
        inside(m->bytes, rr.data);
        name_check(rr.owner);
        data_check(&rr);
        n++;
    }
    must(n == m->whole);
    return n;
}

static void shorter(struct str bytes, unsigned whole)
{
    struct dns_message m;
    struct err_at at;
    enum err e = dns_read(bytes, &m, &at);
    must(e == ERR_OK || e == ERR_MALFORMED || (e == ERR_MORE && bytes.len < DNS_HEADER));
    must(e != ERR_OK || m.whole <= whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str bytes = str_of((const char *)data, len);
    struct dns_message m;
    struct dns_ede ede;
    struct err_at at = {0};
    enum err e = dns_read(bytes, &m, &at);
    if (e != ERR_OK) {
        must(e == ERR_MORE ? len < DNS_HEADER : e == ERR_MALFORMED && at.offset <= len);
        return 0;
    }
    unsigned whole = walk_check(&m);
    if (m.has_question) {
        struct dns_answer a = dns_answer(&m);
        name_check(m.question.name);
        name_check(a.name);
        must(a.n <= whole && a.aliases <= DNS_ALIASES);
    }
    if (dns_ede(&m, &ede)) {
        inside(m.edns.options, ede.text);
    }
    shorter(str_head(bytes, len / 2), whole);
    return 0;
}
