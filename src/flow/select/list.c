/* What is configured: an address, a host, or a static list of hosts (MPP administration guide, "Proxy" and "SRV"). */
#include "flow/select/inside.h"

static bool port_read(struct str s, uint16_t *ret_port)
{
    uint64_t n = 0;
    if (!str_u64(s, &n) || n == 0 || n > UINT16_MAX) {
        return false;
    }
    *ret_port = (uint16_t)n;
    return true;
}

/* Whether all of `s` are bytes of a name or an address, so that none of them ends a line or a question. */
static bool host_sound(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && !memchr("-_.:", s.p[i], 4)) {
            return false;
        }
    }
    return s.len > 0 && s.len < SELECT_NAME_MOST - 16; /* room for a prefix */
}

bool select_hostport_read(struct str *rest, struct str *ret_host, uint16_t *ret_port)
{
    struct str s = *rest;
    struct addr ip;
    *ret_port = 0;
    if (str_starts(s, STR("["))) {
        size_t end = str_chr(s, ']');
        if (end == STR_NPOS) {
            return false;
        }
        *ret_host = str_of(s.p + 1, end - 1);
        *rest = str_from(s, end + 1);
    } else if (addr_read(s, &ip)) {
        *ret_host = s; /* an IPv6 address without brackets too */
        *rest = str_from(s, s.len);
    } else {
        size_t end = str_chr(s, ':');
        *ret_host = str_head(s, end);
        *rest = str_from(s, ret_host->len);
    }
    struct str more = *rest;
    if (str_starts(more, STR(":"))) {
        struct str field = str_from(more, 1);
        size_t end = str_chr(field, ':');
        if (port_read(str_head(field, end), ret_port)) {
            *rest = str_from(field, end);
        }
    }
    return host_sound(*ret_host);
}

/* ":p=2", ":w=10", ":10", ":A=ip,ip". An address of version 6 has colons: A comes last. */
static bool fields_read(struct str rest, struct host *h)
{
    while (rest.len > 0) {
        if (rest.p[0] != ':') {
            return false;
        }
        rest = str_from(rest, 1);
        if (str_istarts(rest, STR("A="))) {
            h->addrs = str_from(rest, 2);
            return h->addrs.len > 0;
        }
        uint64_t n = 0;
        struct str field = str_head(rest, str_chr(rest, ':'));
        rest = str_from(rest, field.len);
        bool priority = str_istarts(field, STR("p="));
        bool named = priority || str_istarts(field, STR("w="));
        if (!str_u64(str_from(field, named ? 2 : 0), &n) || n > UINT16_MAX) {
            return false;
        }
        *(priority ? &h->priority : &h->weight) = (uint16_t)n;
    }
    return true;
}

/* One item: "host[:port][:p=prio][:weight][:A=ip,ip]". */
static bool item_read(struct str item, enum select_transport transport, struct select_resolve *r)
{
    struct host h = {.weight = 1, .transport = (uint8_t)transport, .index = (uint8_t)r->n_hosts};
    if (!select_hostport_read(&item, &h.name, &h.port) || !fields_read(item, &h)) {
        return false;
    }
    h.port = h.port ? h.port : select_port(transport);
    if (r->n_hosts < SELECT_SRV_MOST) {
        r->host[r->n_hosts++] = h;
    }
    return true;
}

static bool items_read(struct str items, enum select_transport transport, struct select_resolve *r)
{
    while (items.len > 0) {
        if (!item_read(str_trim(str_cut(&items, '|')), transport, r)) {
            return false;
        }
    }
    return r->n_hosts > 0;
}

bool select_list_read(struct str servers, enum select_transport transport, struct select_resolve *r)
{
    enum select_transport t = transport == SELECT_AUTO ? SELECT_UDP : transport;
    struct str rest = str_trim(servers);
    size_t behind = str_ifind(rest, STR(":SRV="));
    if (behind != STR_NPOS) {
        return items_read(str_from(rest, behind + 5), t, r);
    }
    if (str_chr(rest, '|') != STR_NPOS || str_chr(rest, '=') != STR_NPOS) {
        return items_read(rest, t, r);
    }
    return select_hostport_read(&rest, &r->proxy, &r->port) && rest.len == 0;
}
