/* The data of records by type, and the options of OPT. */
#include "base/cursor.h"
#include "proto/dns/dns.h"

static struct cursor data_of(const struct dns_rr *rr, uint16_t type)
{
    struct cursor c = cursor_of(rr->data);
    c.bad = rr->type != type || (rr->class != DNS_CLASS_IN && type != DNS_OPT);
    return c;
}

/* A name within the data; compression points into the message. */
static struct dns_name name_take(const struct dns_rr *rr, struct cursor *c)
{
    struct dns_name name = {0};
    struct err_at at;
    size_t start = (size_t)(rr->data.p - rr->message.p);
    size_t here = start + c->at;
    if (c->bad || dns_name_read(rr->message, &here, &name, &at) != ERR_OK ||
        here > start + c->len) {
        c->bad = true;
        return name;
    }
    c->at = here - start;
    return name;
}

static struct str string_take(struct cursor *c)
{
    return cursor_take(c, cursor_u8(c));
}

/* All of the data was used and there was enough of it. */
static bool whole(const struct cursor *c)
{
    return !c->bad && c->at == c->len;
}

bool dns_rr_addr(const struct dns_rr *rr, struct addr *ret_addr)
{
    size_t len = rr->type == DNS_A ? 4 : rr->type == DNS_AAAA ? 16 : 0;
    if (len == 0 || rr->data.len != len || rr->class != DNS_CLASS_IN) {
        return false;
    }
    *ret_addr = addr_of(rr->data.p, len);
    return true;
}

bool dns_rr_name(const struct dns_rr *rr, struct dns_name *ret_name)
{
    bool one =
        rr->type == DNS_CNAME || rr->type == DNS_NS || rr->type == DNS_PTR || rr->type == DNS_DNAME;
    struct cursor c = data_of(rr, one ? rr->type : 0);
    struct dns_name name = name_take(rr, &c);
    if (!one || !whole(&c)) {
        return false;
    }
    *ret_name = name;
    return true;
}

bool dns_rr_srv(const struct dns_rr *rr, struct dns_srv *ret_srv)
{
    struct cursor c = data_of(rr, DNS_SRV);
    struct dns_srv s;
    s.priority = cursor_u16(&c);
    s.weight = cursor_u16(&c);
    s.port = cursor_u16(&c);
    s.target = name_take(rr, &c);
    if (!whole(&c)) {
        return false;
    }
    *ret_srv = s;
    return true;
}

bool dns_rr_naptr(const struct dns_rr *rr, struct dns_naptr *ret_naptr)
{
    struct cursor c = data_of(rr, DNS_NAPTR);
    struct dns_naptr n;
    n.order = cursor_u16(&c);
    n.preference = cursor_u16(&c);
    n.flags = string_take(&c);
    n.services = string_take(&c);
    n.regexp = string_take(&c);
    n.replacement = name_take(rr, &c);
    if (!whole(&c)) {
        return false;
    }
    *ret_naptr = n;
    return true;
}

bool dns_rr_soa(const struct dns_rr *rr, struct dns_soa *ret_soa)
{
    struct cursor c = data_of(rr, DNS_SOA);
    struct dns_soa s;
    s.mname = name_take(rr, &c);
    s.rname = name_take(rr, &c);
    s.serial = cursor_u32(&c);
    s.refresh = cursor_u32(&c);
    s.retry = cursor_u32(&c);
    s.expire = cursor_u32(&c);
    s.minimum = cursor_u32(&c);
    if (!whole(&c)) {
        return false;
    }
    *ret_soa = s;
    return true;
}

bool dns_rr_mx(const struct dns_rr *rr, struct dns_mx *ret_mx)
{
    struct cursor c = data_of(rr, DNS_MX);
    struct dns_mx m;
    m.preference = cursor_u16(&c);
    m.exchange = name_take(rr, &c);
    if (!whole(&c)) {
        return false;
    }
    *ret_mx = m;
    return true;
}

bool dns_txt_next(struct str *rest, struct str *ret_text)
{
    struct cursor c = cursor_of(*rest);
    struct str text = string_take(&c);
    if (c.bad) {
        return false;
    }
    *ret_text = text;
    *rest = str_from(*rest, c.at);
    return true;
}

bool dns_option_next(struct str *rest, uint16_t *ret_code, struct str *ret_data)
{
    struct cursor c = cursor_of(*rest);
    uint16_t code = cursor_u16(&c);
    struct str data = cursor_take(&c, cursor_u16(&c));
    if (c.bad) {
        return false;
    }
    *ret_code = code;
    *ret_data = data;
    *rest = str_from(*rest, c.at);
    return true;
}

bool dns_ede(const struct dns_message *m, struct dns_ede *ret_ede)
{
    struct str rest = m->edns.options;
    uint16_t code;
    struct str data;
    while (dns_option_next(&rest, &code, &data)) {
        struct cursor c = cursor_of(data);
        uint16_t info = cursor_u16(&c);
        if (code == DNS_OPTION_EDE && !c.bad) {
            *ret_ede = (struct dns_ede){info, str_from(data, 2)};
            return true;
        }
    }
    return false;
}
