/* Reading service files. */
#include "app/probe/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "share/share.h"

enum { FILE_MOST = 256 * 1024 };

static const struct str transports[] = {
    [SERVICE_TLS] = STR_INIT("tls"),
    [SERVICE_TCP] = STR_INIT("tcp"),
    [SERVICE_UDP] = STR_INIT("udp"),
};

const char *service_transport_name(enum service_transport t)
{
    return transports[t].p;
}

bool service_transport_read(struct str s, enum service_transport *ret_t)
{
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++) {
        if (str_ieq(s, transports[i])) {
            *ret_t = (enum service_transport)i;
            return true;
        }
    }
    return false;
}

const struct service_model *service_model_find(const struct service *s, struct str name)
{
    for (size_t i = 0; i < s->n_models; i++) {
        if (str_ieq(s->model[i].name, name)) {
            return &s->model[i];
        }
    }
    return NULL;
}

/* What a line may be read into. */
enum kind { TEXT, LIST, TRANSPORT, PORTAL, PORT, YES_NO, TLS_RANGE, NAMES };

struct word {
    const char *name;
    enum kind kind;
    size_t at; /* offset within struct service, or struct service_model */
};

static const struct word of_service[] = {
    {"about", TEXT, offsetof(struct service, about)},
    {"activation", LIST, offsetof(struct service, activation)},
    {"provisioning", LIST, offsetof(struct service, provisioning)},
    {"proxy", TEXT, offsetof(struct service, proxy)},
    {"http-proxy", TEXT, offsetof(struct service, http_proxy)},
    {"transport", TRANSPORT, offsetof(struct service, transport)},
    {"domain", TEXT, offsetof(struct service, domain)},
    {"ntp", LIST, offsetof(struct service, ntp)},
    {"name", LIST, offsetof(struct service, names)},
    {"issuer", LIST, offsetof(struct service, issuer)},
    {"portal", PORTAL, 0},
    {"port", PORT, 0},
};

static const struct word of_model[] = {
    {"dhcp", NAMES, offsetof(struct service_model, dhcp)},
    {"tls", TLS_RANGE, 0},
    {"rule", TEXT, offsetof(struct service_model, rule)},
    {"vendor-class", TEXT, offsetof(struct service_model, vendor_class)},
    {"user-agent", TEXT, offsetof(struct service_model, user_agent)},
    {"ipv6", YES_NO, offsetof(struct service_model, ipv6)},
    {"wildcard", YES_NO, offsetof(struct service_model, wildcard)},
};

struct reading {
    struct conf c;
    struct arena *a;
    struct service *s;
    struct service_model *model; /* whose lines follow, or NULL */
};

static enum err word(struct reading *r, struct str *ret_v)
{
    enum err e = conf_word(&r->c, r->a, ret_v);
    return e == ERR_END ? conf_fail(&r->c, "a word is missing") : e;
}

static enum err list_add(struct reading *r, struct service_list *l, struct str v)
{
    if (l->n == SERVICE_LIST) {
        return conf_fail(&r->c, "more than %d of them", SERVICE_LIST);
    }
    l->v[l->n++] = v;
    return ERR_OK;
}

/* The first one in a file takes the place of what files before it said. */
static enum err read_names(struct reading *r, struct service_list *l)
{
    struct str v;
    enum err e;
    l->n = 0;
    while ((e = conf_word(&r->c, r->a, &v)) == ERR_OK) {
        if ((e = list_add(r, l, v)) != ERR_OK) {
            return e;
        }
    }
    return e == ERR_END ? ERR_OK : e;
}

static enum err read_yes_no(struct reading *r, bool *ret_b)
{
    struct str v;
    enum err e = word(r, &v);
    if (e == ERR_OK && !str_eq(v, STR("yes")) && !str_eq(v, STR("no"))) {
        return conf_fail(&r->c, "'%.*s' is neither yes nor no", STR_ARG(v));
    }
    *ret_b = e == ERR_OK && str_eq(v, STR("yes"));
    return e;
}

static enum err read_number(struct reading *r, unsigned most, unsigned *ret_n)
{
    struct str v;
    uint64_t n = 0;
    enum err e = word(r, &v);
    if (e == ERR_OK && (!str_u64(v, &n) || n == 0 || n > most)) {
        return conf_fail(&r->c, "'%.*s' is no number from 1 to %u", STR_ARG(v), most);
    }
    *ret_n = (unsigned)n;
    return e;
}

static enum err read_transport(struct reading *r, enum service_transport *ret_t)
{
    struct str v;
    enum err e = word(r, &v);
    if (e == ERR_OK && !service_transport_read(v, ret_t)) {
        return conf_fail(&r->c, "'%.*s' is none of tls, tcp, udp", STR_ARG(v));
    }
    return e;
}

/* port HOST PORT TRANSPORT "purpose" */
static enum err read_port(struct reading *r)
{
    struct service_port p = {.port = 0};
    unsigned n = 0;
    enum err e = word(r, &p.host);
    e = e == ERR_OK ? read_number(r, 65535, &n) : e;
    e = e == ERR_OK ? read_transport(r, &p.transport) : e;
    e = e == ERR_OK ? word(r, &p.purpose) : e;
    if (e == ERR_OK && r->s->n_ports == SERVICE_LIST) {
        return conf_fail(&r->c, "more than %d ports", SERVICE_LIST);
    }
    if (e == ERR_OK) {
        p.port = (uint16_t)n;
        r->s->port[r->s->n_ports++] = p;
    }
    return e;
}

static enum err read_tls(struct reading *r)
{
    static const char known[] = "1.0 1.1 1.2 1.3";
    struct str *to[] = {&r->model->tls_minimum, &r->model->tls_maximum};
    for (size_t i = 0; i < 2; i++) {
        enum err e = word(r, to[i]);
        if (e != ERR_OK) {
            return e;
        }
        if (to[i]->len != 3 || str_find(STR(known), *to[i]) == STR_NPOS) {
            return conf_fail(&r->c, "'%.*s' is none of %s", STR_ARG(*to[i]), known);
        }
    }
    return ERR_OK;
}

static enum err read_value(struct reading *r, const struct word *w, void *base)
{
    void *to = (char *)base + w->at;
    struct str v;
    enum err e;
    switch (w->kind) {
    case TEXT:
        return word(r, to);
    case LIST:
        e = word(r, &v);
        return e == ERR_OK ? list_add(r, to, v) : e;
    case NAMES:
        return read_names(r, to);
    case TRANSPORT:
        return read_transport(r, to);
    case YES_NO:
        return read_yes_no(r, to);
    case TLS_RANGE:
        return read_tls(r);
    case PORT:
        return read_port(r);
    case PORTAL:
        e = word(r, &r->s->portal);
        return e == ERR_OK ? read_number(r, 599, &r->s->portal_status) : e;
    }
    return ERR_USAGE;
}

/* `model NAME`: a copy of the first one, or one that a file before told. */
static enum err read_model(struct reading *r)
{
    struct service *s = r->s;
    struct str name;
    enum err e = word(r, &name);
    if (e != ERR_OK) {
        return e;
    }
    for (size_t i = 0; i < s->n_models; i++) {
        if (str_ieq(s->model[i].name, name)) {
            r->model = &s->model[i];
            return ERR_OK;
        }
    }
    if (s->n_models == SERVICE_MODELS) {
        return conf_fail(&r->c, "more than %d models", SERVICE_MODELS);
    }
    r->model = &s->model[s->n_models];
    *r->model = s->n_models ? s->model[0] : (struct service_model){.ipv6 = false};
    r->model->name = name;
    s->n_models++;
    return ERR_OK;
}

static enum err read_line(struct reading *r)
{
    struct str v, more;
    enum err e = word(r, &v);
    if (e != ERR_OK) {
        return e;
    }
    if (!r->c.indented && str_eq(v, STR("model"))) {
        e = read_model(r);
    } else {
        bool inside = r->c.indented;
        const struct word *table = inside ? of_model : of_service;
        size_t n =
            inside ? sizeof of_model / sizeof *of_model : sizeof of_service / sizeof *of_service;
        if (inside && !r->model) {
            return conf_fail(&r->c, "an indented line belongs below a model");
        }
        size_t i = 0;
        while (i < n && !str_eq(v, str_z(table[i].name))) {
            i++;
        }
        if (i == n) {
            return conf_fail(&r->c, "the word '%.*s' is not known here", STR_ARG(v));
        }
        e = read_value(r, &table[i], inside ? (void *)r->model : (void *)r->s);
        r->model = inside ? r->model : NULL;
    }
    if (e == ERR_OK && conf_word(&r->c, r->a, &more) != ERR_END) {
        return conf_fail(&r->c, "there is more on the line than belongs there");
    }
    return e;
}

enum err service_read(struct service *s, struct arena *a, struct str file, struct str text,
                      struct conf_error *reterr)
{
    struct reading r = {.a = a, .s = s};
    conf_init(&r.c, file, text, reterr);
    enum err e;
    while ((e = conf_line(&r.c)) == ERR_OK) {
        if ((e = read_line(&r)) != ERR_OK) {
            return e;
        }
    }
    return e == ERR_END ? ERR_OK : e;
}

static bool share_find(const char *name, struct str *ret_text)
{
    char path[128];
    snprintf(path, sizeof path, "services/%s.conf", name);
    for (size_t i = 0; i < share_files_n; i++) {
        if (str_eq(str_z(share_files[i].name), str_z(path))) {
            *ret_text = str_of(share_files[i].data, share_files[i].len);
            return true;
        }
    }
    return false;
}

static enum err file_text(struct arena *a, const char *path, struct str *ret_text)
{
    FILE *f = fopen(path, "rbe");
    if (!f) {
        return errno == ENOENT ? ERR_MISSING : ERR_IO;
    }
    char *p = malloc(FILE_MOST + 1);
    size_t n = p ? fread(p, 1, FILE_MOST + 1, f) : 0;
    enum err e = !p ? ERR_MEMORY : ferror(f) ? ERR_IO : n > FILE_MOST ? ERR_LIMIT : ERR_OK;
    if (e == ERR_OK) {
        *ret_text = arena_str(a, str_of(p, n));
    }
    free(p);
    (void)fclose(f);
    return e;
}

static struct str base_name(struct str path)
{
    for (size_t i = path.len; i-- > 0;) {
        if (path.p[i] == '/') {
            path = str_from(path, i + 1);
            break;
        }
    }
    return str_ends(path, STR(".conf")) ? str_head(path, path.len - 5) : path;
}

enum err service_load(struct service *s, struct arena *a, const char *name,
                      struct conf_error *reterr)
{
    struct str text = {NULL, 0};
    *s = (struct service){.name = base_name(str_z(name ? name : "none"))};
    *reterr = (struct conf_error){.file = str_z(name)};
    if (share_find("models", &text)) {
        enum err e = service_read(s, a, STR("services/models.conf"), text, reterr);
        if (e != ERR_OK) {
            return e;
        }
    }
    if (!name) {
        return ERR_OK;
    }
    if (!share_find(name, &text)) {
        enum err e = file_text(a, name, &text);
        if (e != ERR_OK) {
            return e;
        }
    }
    return service_read(s, a, str_z(name), text, reterr);
}
