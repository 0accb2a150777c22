/* Options and the URL behind them. */
#include <stdio.h>

#include "domain/rule/inside.h"

struct option {
    const char *name;
    bool has_value, secret, letter, report_only;
};

enum {
    OPTION_KEY,
    OPTION_UID,
    OPTION_PWD,
    OPTION_POST,
    OPTION_ALIAS,
    OPTION_SRV,
    OPTION_DELTA,
    OPTION_STATUS,
    OPTIONS
};

static const struct option options[OPTIONS] = {
    [OPTION_KEY] = {"key", true, true, false, false},
    [OPTION_UID] = {"uid", true, true, false, false},
    [OPTION_PWD] = {"pwd", true, true, false, false},
    [OPTION_POST] = {"post", true, false, true, false},
    [OPTION_ALIAS] = {"alias", true, false, true, false},
    [OPTION_SRV] = {"srv", false, false, false, false},
    [OPTION_DELTA] = {"delta", false, false, false, true},
    [OPTION_STATUS] = {"status", false, false, false, true},
};

static void keep(struct rule_result *to, int id, struct str value)
{
    switch (id) {
    case OPTION_KEY:
        to->key = value;
        break;
    case OPTION_UID:
        to->uid = value;
        break;
    case OPTION_PWD:
        to->pwd = value;
        break;
    case OPTION_POST:
        to->post = value.p[0];
        break;
    case OPTION_ALIAS:
        to->alias = value.p[0];
        break;
    case OPTION_SRV:
        to->srv = true;
        break;
    case OPTION_DELTA:
        to->delta = true;
        break;
    case OPTION_STATUS:
        to->status = true;
        break;
    default:
        break;
    }
}

static struct str word(struct reading *r)
{
    size_t n = 0;
    reading_blank(r);
    while (n < r->rest.len && r->rest.p[n] != ' ' && r->rest.p[n] != '\t') {
        n++;
    }
    struct str w = str_head(r->rest, n);
    r->rest = str_from(r->rest, n);
    return w;
}

static enum err option_value(struct reading *r, const struct option *o, struct str *ret)
{
    struct str written;
    bool whole = true;
    reading_blank(r);
    const char *from = r->rest.p;
    if (!reading_quoted(r, &written, &whole)) {
        written = word(r);
    }
    if (!whole || written.len == 0 || (str_starts(written, STR("--")) && written.p == from)) {
        return reading_fail(
            r, from, whole ? "the option's value is missing" : "a quotation mark is not closed");
    }
    enum err e = reading_expand(r, written, o->secret, ret);
    if (e == ERR_OK && o->letter && (ret->len != 1 || ret->p[0] < 'a' || ret->p[0] > 'p')) {
        e = reading_fail(r, from, "names a parameter by one letter, a to p");
    }
    return e;
}

static enum err one_option(struct reading *r)
{
    const char *from = r->rest.p;
    struct str name = word(r);
    for (int id = 0; id < OPTIONS; id++) {
        const struct option *o = &options[id];
        struct str value = STR("");
        if (!str_starts(name, STR("--")) || !str_eq(str_from(name, 2), str_z(o->name))) {
            continue;
        }
        if (o->report_only && r->cfg->kind != RULE_REPORT) {
            return reading_fail(r, from, "is an option of report rules only");
        }
        enum err e = o->has_value ? option_value(r, o, &value) : ERR_OK;
        if (e == ERR_OK) {
            keep(r->to, id, value);
            reading_step(r, (struct rule_step){.kind = RULE_STEP_OPTION,
                                               .left = str_z(o->name),
                                               .right = o->secret ? STR("") : value});
        }
        return e;
    }
    return reading_fail(r, from,
                        "is no option: --key, --uid, --pwd, --post, --alias, --srv, "
                        "--delta, --status");
}

static enum err read_options(struct reading *r)
{
    size_t n = 0;
    bool quoted = false;
    const char *from = r->rest.p;
    for (; n < r->rest.len && (quoted || r->rest.p[n] != ']'); n++) {
        quoted = quoted != (r->rest.p[n] == '"');
    }
    if (n == r->rest.len) {
        return reading_fail(r, from, "\"]\" is missing");
    }
    if (r->cfg->kind == RULE_UPGRADE) {
        return reading_fail(r, from, "an upgrade rule has no options");
    }
    struct str behind = str_from(r->rest, n + 1);
    r->rest = str_of(from + 1, n - 1);
    enum err e = ERR_OK;
    for (reading_blank(r); e == ERR_OK && r->rest.len; reading_blank(r)) {
        e = one_option(r);
    }
    r->rest = behind;
    return e;
}

/* -- the URL */

static const struct {
    const char *text;
    enum rule_scheme scheme;
    uint16_t port;
} schemes[] = {{"tftp", RULE_TFTP, 69}, {"http", RULE_HTTP, 80}, {"https", RULE_HTTPS, 443}};

static enum err take_scheme(struct reading *r, struct str *url, const char *at)
{
    size_t end = str_find(*url, STR("://"));
    r->to->scheme = RULE_TFTP;
    r->to->port = 69;
    if (end == STR_NPOS) {
        return ERR_OK;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (str_ieq(str_head(*url, end), str_z(schemes[i].text))) {
            r->to->scheme = schemes[i].scheme;
            r->to->port = schemes[i].port;
            *url = str_from(*url, end + 3);
            return ERR_OK;
        }
    }
    return reading_fail(r, at, "the scheme is none of tftp, http, https");
}

static enum err take_server(struct reading *r, struct str url, const char *at)
{
    struct rule_result *to = r->to;
    size_t slash = str_chr(url, '/');
    uint64_t port = 0;
    to->path = slash == STR_NPOS ? STR("/") : str_from(url, slash);
    struct str host = str_head(url, slash == STR_NPOS ? url.len : slash);
    struct str digits = host;
    size_t close = str_chr(host, ']');
    if (close == STR_NPOS) {
        host = str_cut(&digits, ':');
    } else {
        digits = str_from(host, close + 1);
        host = str_head(host, close + 1);
        digits = digits.len && digits.p[0] == ':' ? str_from(digits, 1) : digits;
    }
    if (digits.len) {
        if (!str_u64(digits, &port) || port < 1 || port > 65535) {
            return reading_fail(r, at, "the port is no number from 1 to 65535");
        }
        to->port = (uint16_t)port;
    }
    if (slash == STR_NPOS) {
        reading_step(r, (struct rule_step){.kind = RULE_STEP_NOTE,
                                           .text = STR("no path: \"/\" is asked for")});
    }
    to->host = host;
    return ERR_OK;
}

static enum err complete(struct reading *r, struct str written)
{
    struct rule_result *to = r->to;
    if (to->host.len == 0 && r->cfg->kind == RULE_UPGRADE) {
        return reading_fail(r, written.p, "an upgrade rule must name its server");
    }
    if (to->host.len == 0) {
        to->host = r->cfg->tftp_server;
    }
    if (to->host.len == 0) {
        (void)reading_fail(r, written.p, "no server is named, and the lease has none");
        return ERR_MISSING;
    }
    enum { MOST = RULE_EXPANDED + 64 };
    char *room = arena_alloc(r->arena, MOST);
    if (!room) {
        return ERR_MEMORY;
    }
    int n = snprintf(room, MOST, "%s://%.*s:%u%.*s", schemes[to->scheme].text, STR_ARG(to->host),
                     to->port, STR_ARG(to->path));
    if (n < 0 || n >= MOST) {
        return ERR_LIMIT;
    }
    to->url = str_of(room, (size_t)n);
    to->has_url = true;
    if (to->srv && to->scheme == RULE_TFTP) {
        return reading_fail(r, written.p, "--srv does not go with TFTP");
    }
    reading_step(r, (struct rule_step){.kind = RULE_STEP_URL, .text = written, .right = to->url});
    return ERR_OK;
}

static enum err read_url(struct reading *r, struct str written)
{
    struct str url;
    enum err e = reading_expand(r, written, false, &url);
    if (e != ERR_OK) {
        return e;
    }
    url = str_trim(url);
    if (url.len == 0) {
        return ERR_OK;
    }
    if (str_istarts(url, STR("gds://"))) {
        r->to->scheme = RULE_GDS;
        r->to->url = url;
        r->to->has_url = true;
        reading_step(r, (struct rule_step){.kind = RULE_STEP_URL, .text = written, .right = url});
        return ERR_OK;
    }
    for (size_t i = 0; i < url.len; i++) {
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f) {
            return reading_fail(r, written.p, "a blank or control character stands in the URL");
        }
    }
    e = take_scheme(r, &url, written.p);
    e = e == ERR_OK ? take_server(r, url, written.p) : e;
    return e == ERR_OK ? complete(r, written) : e;
}

enum err rule_target(struct reading *r)
{
    enum err e = ERR_OK;
    reading_blank(r);
    bool has_options = r->rest.len && r->rest.p[0] == '[';
    if (has_options) {
        e = read_options(r);
    }
    struct str url = str_trim(r->rest);
    if (e == ERR_OK && url.len) {
        e = read_url(r, url);
    }
    return e;
}
