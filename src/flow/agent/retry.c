/* How long things take: until the refresh, until the next try (MPP administration guide, "SIP Timer Values"). */
#include "flow/agent/inside.h"
#include "proto/sip/sip_contact.h"

/* "5??": three places, each a digit or '?'. */
static bool code_fits(struct str code, unsigned status)
{
    const unsigned digit[] = {status / 100, status / 10 % 10, status % 10};
    for (size_t i = 0; code.len == 3 && i < 3; i++) {
        if (code.p[i] != '?' && code.p[i] != '0' + (char)digit[i]) {
            return false;
        }
    }
    return code.len == 3;
}

bool agent_codes_have(struct str codes, unsigned status)
{
    while (codes.len > 0) {
        if (code_fits(str_trim(str_cut(&codes, ',')), status)) {
            return true;
        }
    }
    return false;
}

static usec_t spread(struct agent *a, uint64_t seconds, uint32_t random)
{
    uint64_t ms = seconds * 1000;
    ms += random ? random_below(&a->random, random < UINT32_MAX / 1000 ? random * 1000 : UINT32_MAX)
                 : 0;
    return (usec_t)ms * USEC_MS;
}

/* Reg_Retry_Intvl, doubled from failure to failure up to Reg_Retry_Intvl_Cap where that is not 0. */
static uint64_t short_interval(const struct agent *a)
{
    const struct agent_cfg *c = a->cfg;
    uint64_t seconds = c->retry ? c->retry : 1;
    if (c->retry_cap > 0) {
        unsigned doublings = a->failures > 1 ? a->failures - 1U : 0;
        seconds <<= doublings < 24 ? doublings : 24;
        seconds = seconds < c->retry_cap ? seconds : c->retry_cap;
    }
    return seconds;
}

usec_t agent_retry_delay(struct agent *a, enum agent_why why, unsigned status, uint32_t after)
{
    const struct agent_cfg *c = a->cfg;
    bool by_status = why == AGENT_REFUSED || why == AGENT_SECRET;
    if (after > 0 && status == 503) {
        return (usec_t)after * USEC_S;
    }
    if (!by_status || agent_codes_have(c->retry_codes, status)) {
        return spread(a, short_interval(a), c->retry_random);
    }
    return c->retry_long ? spread(a, c->retry_long, c->retry_long_random) : USEC_NONE;
}

usec_t agent_refresh_delay(const struct agent_cfg *cfg, uint32_t granted)
{
    usec_t all = (usec_t)granted * USEC_S;
    usec_t f = (usec_t)cfg->timer_f_ms * USEC_MS;
    /* T2 = (expires - Timer F) * 78 %; of a grant too short for that, half. */
    usec_t at = all > 2 * f ? (all - f) / 100 * 78 : all / 2;
    return at > USEC_S ? at : USEC_S;
}

/* Whether the contact is the one that we gave: its user, address and port. */
static bool is_ours(const struct agent *a, const struct sip_contact *c)
{
    struct sip_uri uri;
    struct err_at at;
    struct addr ip;
    return !c->star && sip_uri_read(c->addr.uri, &uri, &at) == ERR_OK && uri.sip &&
           str_eq(uri.user, a->line->user) && sip_host_addr(uri.host, &ip) &&
           addr_eq(ip, a->local.ip) && (uri.port ? uri.port : 5060U) == a->local.port;
}

uint32_t agent_granted_read(const struct agent *a, const struct sip_msg *msg)
{
    uint32_t usual = a->expires, one = 0;
    unsigned n = 0;
    struct err_at at;
    bool told = sip_seconds_read(sip_value(msg, SIP_EXPIRES), &usual, &at) == ERR_OK;
    usual = told ? usual : a->expires;
    const struct sip_field *f = sip_find(msg, SIP_CONTACT);
    for (; f && n < 64; f = sip_find_next(msg, f)) {
        struct str rest = f->value;
        struct sip_contact c;
        while (n < 64 && sip_contact_next(&rest, SIP_LENIENT, &c, &at) == ERR_OK) {
            uint32_t seconds = c.has_expires ? c.expires : usual;
            if (is_ours(a, &c)) {
                return seconds;
            }
            one = n++ == 0 ? seconds : one;
        }
    }
    /* A translated address is ours too where it is the only one. No contact at all is no binding, unless Expires tells of one. */
    return n == 1 ? one : n > 1 || told ? usual : 0;
}
