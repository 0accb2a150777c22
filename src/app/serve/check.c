/* What would happen, said without opening a port or a database. */
#include "app/serve/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/serve/house.h"
#include "io/out/out.h"

static void say_names(const struct plan *p, struct sink *out)
{
    sink_fmt(out, "realm      %.*s\n", STR_ARG(p->realm));
    for (size_t i = 0; i < p->edge.n_domains; i++) {
        sink_fmt(out, "domain     %.*s\n", STR_ARG(p->edge.domains[i]));
    }
    sink_fmt(out, "profile    %s: %u to %u s are granted, nonces are good for %u s\n",
             p->settings->profile, p->edge.expires_least, p->edge.expires_most, p->edge.nonce_life);
}

static void say_ports(const struct plan *p, struct sink *out)
{
    char text[ENDPOINT_TEXT];
    for (size_t i = 0; i < p->n_listeners; i++) {
        (void)endpoint_write(p->listener[i].at, text);
        sink_fmt(out, "listen     %s %s%s\n", transport_name(p->listener[i].transport), text,
                 p->listener[i].at.port ? "" : ", any port");
    }
    for (size_t i = 0; i < p->phones.n_listeners; i++) {
        (void)endpoint_write(p->phones.listener[i].at, text);
        sink_fmt(out, "phones     %s://%s\n", way_name(p->phones.listener[i].way), text);
    }
    for (size_t i = 0; i < p->hub.n_listeners; i++) {
        (void)endpoint_write(p->hub.listener[i].at, text);
        sink_fmt(out, "hub        %s://%s\n", p->hub.listener[i].tls ? "https" : "http", text);
    }
    (void)endpoint_write(p->admin, text);
    sink_fmt(out, "admin      %s\n", p->has_admin ? text : "off");
}

static void say_tls(const struct plan *p, const struct tls_server *tls, struct sink *out)
{
    char text[TIME_TEXT];
    if (!tls) {
        sink_fmt(out, "tls        %s\n",
                 p->lab_tls ? "by an authority of its own, in the state folder" : "none");
        return;
    }
    time_write(tls_server_ends(tls), text);
    for (size_t i = 0; i < TLS_CERTIFICATES && p->tls.cert[i]; i++) {
        sink_fmt(out, "tls        %s\n", p->tls.cert[i]);
    }
    sink_fmt(out, "tls        from %s on, until %s; client certificates: %s\n",
             p->settings->tls_minimum, text,
             !p->tls.client_ca    ? "not asked for"
             : p->tls.client_must ? "needed"
                                  : "asked for");
}

static void say_rest(const struct plan *p, const struct accounts_file *f, struct sink *out)
{
    sink_fmt(out, "accounts   %zu, %zu of them with a MAC address\n", f->n, f->with_mac);
    sink_fmt(out, "state      %s\n",
             p->state[0] ? p->state : "none: bindings end with the process");
    sink_fmt(out, "workers    %zu\n", p->n_workers);
    if (p->settings->user) {
        sink_fmt(out, "user       %s\n", p->settings->user);
    }
}

/* The files that phones meet; a lab's own are made at the start. */
static bool phones_tls_good(const struct plan *p)
{
    char why[TLS_WHY] = "";
    struct tls_server *t = NULL;
    if (!p->phones.has_tls || !p->phones.tls.cert[0]) {
        return true;
    }
    enum err e = tls_server_new(&p->phones.tls, NULL, &t, why);
    if (e != ERR_OK) {
        cli_error("provisioning: %s", *why ? why : err_name(e));
    }
    tls_server_free(t);
    return e == ERR_OK;
}

int serve_check(const struct plan *p)
{
    struct accounts_file f = {0};
    struct tls_server *tls = NULL;
    struct out *o = malloc(sizeof *o);
    bool accounts = !p->settings->accounts || house_read_accounts(p, &f);
    bool certificates = !p->has_tls || p->lab_tls || house_read_tls(p, NULL, &tls);
    certificates = phones_tls_good(p) && certificates;
    int code = accounts && certificates ? CLI_OK : CLI_USAGE;
    if (o && code == CLI_OK) {
        struct sink s = out_init(o, STDOUT_FILENO);
        say_names(p, &s);
        say_ports(p, &s);
        say_tls(p, tls, &s);
        say_rest(p, &f, &s);
        code = out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    }
    free(o);
    tls_server_free(tls);
    accounts_file_clear(&f);
    return code;
}
