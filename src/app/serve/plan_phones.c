/* From the settings of provisioning to what is to be done. */
#include <stdio.h>
#include <string.h>

#include "app/serve/plan.h"
#include "domain/device/cert.h"

enum { HTTPS_PORT = 8443, HTTP_PORT = 8081, TFTP_LISTEN = 6969, LOOPBACK = 0x7f000001 };

const char *way_name(enum provision_way way)
{
    static const char *const names[] = {
        [PROVISION_HTTPS] = "https", [PROVISION_HTTP] = "http", [PROVISION_TFTP] = "tftp"};
    return names[way];
}

static bool listener_read(struct plan_phones *p, const char *text)
{
    struct str rest = str_z(text);
    struct str name = str_cut(&rest, ':');
    for (int w = PROVISION_HTTPS; w <= PROVISION_TFTP; w++) {
        if (str_eq(name, str_z(way_name((enum provision_way)w)))) {
            p->listener[p->n_listeners].way = (enum provision_way)w;
            return plan_endpoint(rest, &p->listener[p->n_listeners++].at);
        }
    }
    return false;
}

static void usual_listener(struct plan_phones *p, enum provision_way way, uint16_t port)
{
    p->listener[p->n_listeners].way = way;
    p->listener[p->n_listeners++].at = (struct endpoint){addr4(LOOPBACK), port};
}

static bool listeners(struct plan_phones *p, const struct texts *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (p->n_listeners == PHONES_LISTENERS || !listener_read(p, t->at[i])) {
            cli_error("provisioning: listen: '%s' is not https:ADDRESS:PORT, http:... or tftp:..., "
                      "or there are more than %d",
                      t->at[i], PHONES_LISTENERS);
            return false;
        }
    }
    if (t->n == 0) {
        usual_listener(p, PROVISION_HTTPS, HTTPS_PORT);
        usual_listener(p, PROVISION_HTTP, HTTP_PORT);
        usual_listener(p, PROVISION_TFTP, TFTP_LISTEN);
    }
    for (size_t i = 0; i < p->n_listeners; i++) {
        p->has_tls = p->has_tls || p->listener[i].way == PROVISION_HTTPS;
    }
    return true;
}

/* Runs in any worker's thread. */
static void identify(void *ctx, int ca, const struct x509 *x, struct client_cert *ret_client)
{
    const struct plan_phones *p = ctx;
    struct device_cert c;
    if (!device_cert_read_as(x, ca < 0 ? DEVICE_CERT_ANY : p->shapes[ca], &c)) {
        return;
    }
    ret_client->has_mac = true;
    ret_client->mac = c.mac;
    (void)snprintf(ret_client->model, sizeof ret_client->model, "%.*s", STR_ARG(c.model));
    (void)snprintf(ret_client->serial, sizeof ret_client->serial, "%.*s", STR_ARG(c.serial));
}

static bool certificates(struct plan *p)
{
    const struct settings *s = p->settings;
    struct tls_server_cfg *tls = &p->phones.tls;
    if (s->phones_cert.n > TLS_CERTIFICATES ||
        (s->phones_key.n && s->phones_key.n != s->phones_cert.n) || s->phone_ca.n > TLS_PHONE_CAS ||
        s->phone_shapes.n > s->phone_ca.n) {
        cli_error("provisioning: up to %d certificates, a key for each; up to %d files in "
                  "phone_ca, phone_shapes for each",
                  TLS_CERTIFICATES, TLS_PHONE_CAS);
        return false;
    }
    *tls = (struct tls_server_cfg){.judge = true,
                                   .client_old = s->phones_old,
                                   .minimum = p->tls.minimum,
                                   .identify = identify};
    for (size_t i = 0; i < s->phones_cert.n; i++) {
        tls->cert[i] = s->phones_cert.at[i];
        tls->key[i] = s->phones_key.n ? s->phones_key.at[i] : NULL;
    }
    for (size_t i = 0; i < TLS_CERTIFICATES && s->phones_cert.n == 0; i++) {
        tls->cert[i] = p->tls.cert[i];
        tls->key[i] = p->tls.key[i];
    }
    for (size_t i = 0; i < s->phone_ca.n; i++) {
        const char *names = i < s->phone_shapes.n ? s->phone_shapes.at[i] : "any";
        tls->phone_ca[i] = s->phone_ca.at[i];
        if (!device_cert_shapes(str_z(names), &p->phones.shapes[i])) {
            cli_error("provisioning: phone_shapes: '%s' names no shape of a certificate", names);
            return false;
        }
    }
    return true;
}

static enum provision_plain plain_of(const char *word)
{
    return strcmp(word, "sealed") == 0      ? PROVISION_SEALED
           : strcmp(word, "bootstrap") == 0 ? PROVISION_BOOTSTRAP
                                            : PROVISION_NOTHING;
}

/* "2029-05-14", the end of that day. */
static bool date_read(struct str s, usec_t *ret_date)
{
    uint64_t year = 0, month = 0, day = 0;
    struct str rest = s;
    if (s.len != 10 || !str_u64(str_cut(&rest, '-'), &year) ||
        !str_u64(str_cut(&rest, '-'), &month) || !str_u64(rest, &day) || month < 1 || month > 12 ||
        day < 1 || day > 31) {
        return false;
    }
    *ret_date = (time_days((int)year, (int)month, (int)day) + 1) * USEC_DAY;
    return true;
}

static bool policy(struct plan *p)
{
    const struct settings *s = p->settings;
    struct provision_cfg *c = &p->phones.policy;
    *c = (struct provision_cfg){.realm = str_z(s->phones_realm),
                                .bootstrap = s->bootstrap,
                                .passwords = s->passwords,
                                .http = plain_of(s->phones_http),
                                .tftp = plain_of(s->phones_tftp),
                                .expired_until = USEC_NONE};
    if (s->expired_until[0] && !date_read(str_z(s->expired_until), &c->expired_until)) {
        cli_error("provisioning: expired_until: '%s' is no day as 2029-05-14", s->expired_until);
        return false;
    }
    if (str_chr(c->realm, '"') != STR_NPOS || str_chr(c->realm, '\\') != STR_NPOS) {
        cli_error("provisioning: realm: no quotation mark or backslash may stand in it");
        return false;
    }
    if (s->activation_hosts.n > PROVISION_HOSTS) {
        cli_error("provisioning: activation_hosts: at most %d", PROVISION_HOSTS);
        return false;
    }
    for (size_t i = 0; i < s->activation_hosts.n; i++) {
        c->activation_host[c->n_activation_hosts++] = str_z(s->activation_hosts.at[i]);
    }
    return true;
}

static bool names(struct plan *p)
{
    const struct settings *s = p->settings;
    size_t url = s->phones_url ? strlen(s->phones_url) : 0;
    if (url >= PLAN_URL || (s->phones_rule && strlen(s->phones_rule) >= sizeof p->phones.rule)) {
        cli_error("provisioning: url or rule is too long");
        return false;
    }
    if (url && strncmp(s->phones_url, "https://", 8) != 0 &&
        strncmp(s->phones_url, "http://", 7) != 0) {
        cli_error("provisioning: url: '%s' begins with neither https:// nor http://",
                  s->phones_url);
        return false;
    }
    return true;
}

bool plan_phones(struct plan *p)
{
    const struct settings *s = p->settings;
    p->phones.web = web_limits_usual;
    p->phones.web.most = s->phones_connections;
    p->phones.web.most_of_peer = s->phones_of_peer;
    p->phones.tftp = tftpd_limits_usual;
    p->phones.tftp.send.blksize = (unsigned)s->tftp_blksize;
    return listeners(&p->phones, &s->phones_listen) && certificates(p) && policy(p) && names(p);
}
