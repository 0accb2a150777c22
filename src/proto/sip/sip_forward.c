/* Copying a message on (RFC 3261 16.6, 16.7). */
#include "proto/sip/sip_forward.h"

#include "proto/sip/sip_lex.h"
#include "proto/sip/sip_param.h"
#include "proto/sip/sip_reply.h"
#include "proto/sip/sip_via.h"

/* What is left of the Route fields, top first. */
struct routes {
    const struct sip_field *field; /* the first that is not gone; NULL: all are */
    struct str rest;               /* of that one */
};

static bool routes_take(const struct sip_forward *f, struct routes *ret)
{
    const struct sip_field *field = sip_find(f->msg, SIP_ROUTE);
    struct str rest = field != NULL ? field->value : str_of(NULL, 0);
    for (unsigned n = f->routes_off; n > 0; n--) {
        struct str item;
        while (field != NULL && sip_list_next(&rest, &item) != ERR_OK) {
            field = sip_find_next(f->msg, field);
            rest = field != NULL ? field->value : rest;
        }
        if (field == NULL) {
            return false;
        }
    }
    *ret = (struct routes){field, rest};
    return true;
}

/* The Vias of a response without the top one: *ret_field is where the rest of them begins. */
static bool via_take(const struct sip_msg *msg, const struct sip_field **ret_field,
                     struct str *ret_rest)
{
    const struct sip_field *field = sip_find(msg, SIP_VIA);
    struct sip_via via;
    struct err_at at;
    if (field == NULL) {
        return false;
    }
    *ret_rest = field->value;
    if (sip_via_next(ret_rest, &via, &at) != ERR_OK) {
        return false;
    }
    if (ret_rest->len == 0) {
        field = sip_find_next(msg, field);
        *ret_rest = field != NULL ? field->value : *ret_rest;
    }
    *ret_field = field;
    return field != NULL;
}

/* Whether credentials are for `realm`: Digest username="a", realm="b". */
static bool of_realm(struct str credentials, struct str realm)
{
    struct str rest = credentials;
    struct str item;
    str_word(&rest); /* the scheme */
    while (sip_list_next(&rest, &item) == ERR_OK) {
        struct str value = item;
        struct str name = str_trim(str_cut(&value, '='));
        if (str_ieq(name, STR("realm"))) {
            struct sip_lex l = lex_of(str_trim(value));
            struct str inside = l.all;
            (void)lex_quoted(&l, &inside);
            return str_eq(inside, realm);
        }
    }
    return false;
}

static void number_put(struct sink *out, enum sip_header id, uint64_t n)
{
    char number[STR_NUMBER];
    sip_field_put(out, id, str_number(number, (int64_t)n));
}

/* The field's line or lines as they stand, with their ends. In a message that was read strictly nothing lies
 * between two fields. */
static void raw_put(struct sink *out, const struct sip_msg *msg, const struct sip_field *field)
{
    bool last = field == &msg->fields[msg->n - 1];
    const char *end = last ? msg->body.p - 2 : field[1].name.p;
    sink_str(out, str_of(field->name.p, (size_t)(end - field->name.p)));
}

static void value_put(struct sink *out, enum sip_header id, struct str value)
{
    sink_str(out, sip_header_name(id));
    sink_str(out, STR(": "));
    sip_value_put(out, value);
    sink_str(out, STR("\r\n"));
}

static void end_put(struct sink *out, const struct sip_msg *msg)
{
    if (!msg->has_length) {
        number_put(out, SIP_CONTENT_LENGTH, msg->body.len);
    }
    sink_str(out, STR("\r\n"));
    sink_str(out, msg->body);
}

static void request_start(struct sink *out, const struct sip_forward *f)
{
    if (f->uri.len == 0) {
        sink_str(out, f->msg->start);
    } else {
        sink_str(out, f->msg->method);
        sink_char(out, ' ');
        sink_str(out, f->uri);
        sink_char(out, ' ');
        sink_str(out, f->msg->version);
    }
    sink_str(out, STR("\r\n"));
    if (f->via.len > 0) {
        sip_field_put(out, SIP_VIA, f->via);
    }
    if (f->record_route.len > 0) {
        sip_field_put(out, SIP_RECORD_ROUTE, f->record_route);
    }
}

static void via_below_put(struct sink *out, struct str value, struct endpoint source)
{
    sink_str(out, STR("Via: "));
    sip_via_put(out, value, source);
    sink_str(out, STR("\r\n"));
}

static void route_put(struct sink *out, const struct sip_forward *f, const struct routes *routes,
                      const struct sip_field *field)
{
    if (routes->field == NULL || field < routes->field) {
        return;
    }
    if (field > routes->field || routes->rest.len == field->value.len) {
        raw_put(out, f->msg, field);
    } else if (str_trim(routes->rest).len > 0) {
        value_put(out, SIP_ROUTE, str_trim(routes->rest));
    }
}

static void request_write(struct sink *out, const struct sip_forward *f,
                          const struct routes *routes)
{
    const struct sip_msg *m = f->msg;
    const struct sip_field *via = sip_find(m, SIP_VIA);
    request_start(out, f);
    for (const struct sip_field *field = m->fields; field < m->fields + m->n; field++) {
        bool credentials = field->id == SIP_PROXY_AUTHORIZATION && f->drop_realm.len > 0;
        if (field == via && f->source.ip.family != 0) {
            via_below_put(out, field->value, f->source);
        } else if (field->id == SIP_ROUTE) {
            route_put(out, f, routes, field);
        } else if (field->id == SIP_MAX_FORWARDS) {
            number_put(out, SIP_MAX_FORWARDS, f->max_forwards);
        } else if (!credentials || !of_realm(field->value, f->drop_realm)) {
            raw_put(out, m, field);
        }
    }
    if (sip_find(m, SIP_MAX_FORWARDS) == NULL) {
        number_put(out, SIP_MAX_FORWARDS, f->max_forwards);
    }
    end_put(out, m);
}

static void response_write(struct sink *out, const struct sip_msg *m,
                           const struct sip_field *first_via, struct str rest)
{
    sink_str(out, m->start);
    sink_str(out, STR("\r\n"));
    for (const struct sip_field *field = m->fields; field < m->fields + m->n; field++) {
        if (field->id == SIP_VIA && field < first_via) {
            continue;
        }
        if (field == first_via && rest.len < field->value.len) {
            value_put(out, SIP_VIA, rest);
        } else {
            raw_put(out, m, field);
        }
    }
    end_put(out, m);
}

enum err sip_forward_write(struct sink *out, const struct sip_forward *f)
{
    if (f->msg->request) {
        struct routes routes;
        if (!routes_take(f, &routes)) {
            return ERR_MALFORMED;
        }
        request_write(out, f, &routes);
    } else {
        const struct sip_field *first_via;
        struct str rest;
        if (!via_take(f->msg, &first_via, &rest)) {
            return ERR_MALFORMED;
        }
        response_write(out, f->msg, first_via, rest);
    }
    return out->err;
}
