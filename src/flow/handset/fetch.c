/* From a URL to its content: the name, the request, the answer by its class. */
#include <stdio.h>

#include "flow/handset/inside.h"
#include "proto/dns/dns.h"

enum { REDIRECTS_MOST = 5, TFTP_NOTFOUND = 68 };

static bool with_stages(const struct handset *h)
{
    return h->job->kind == JOB_ACTIVATION || h->job->kind == JOB_PROFILE;
}

static void stage(struct handset *h, bool names, bool begun)
{
    bool activation = h->job->kind == JOB_ACTIVATION;
    enum stage s = names ? (activation ? STAGE_ACTIVATION_DNS : STAGE_PROVISIONING_DNS)
                         : (activation ? STAGE_ACTIVATION : STAGE_PROVISIONING);
    if (!with_stages(h)) {
        return;
    }
    if (begun) {
        handset_stage(h, s);
    } else {
        handset_stage_end(h, s, STAGE_OK);
    }
}

static void ask(struct handset *h, enum job_wait wait, struct str name, uint16_t type)
{
    struct handset_job *j = h->job;
    j->wait = wait;
    j->id = handset_id(h);
    j->until = h->now + (h->cfg->name_wait + 2) * USEC_S;
    handset_ask(h, j->id, name, type);
}

static struct str service_name(struct handset *h, bool secure, struct str domain)
{
    return job_join(h, secure ? STR("_ciscoprov-https._tls.") : STR("_ciscoprov-http._tcp."),
                    domain);
}

/* -- where to */

static void activation_target(struct handset *h)
{
    struct handset_job *j = h->job;
    char path[512], mac[13];
    struct str host = phone_fault(h->phone, PHONE_FAULT_FIRMWARE_OLD) ? h->cfg->activation_old_host
                                                                      : h->cfg->activation_host;
    for (size_t i = 0; i < 6; i++) {
        (void)snprintf(mac + 2 * i, 3, "%02x", h->phone->mac.b[i]);
    }
    (void)snprintf(path, sizeof path,
                   "/software/edos/callhome/rc?id=%s:%s:CP-%.*s&sw=%.*s&orig=orig_mpp&"
                   "authstatus=none",
                   mac, h->phone->serial, STR_ARG(str_head(phone_model(h->phone), 64)),
                   STR_ARG(str_head(phone_load(h->phone), 128)));
    j->to = (struct rule_result){.chosen = true,
                                 .has_url = true,
                                 .scheme = RULE_HTTPS,
                                 .host = host,
                                 .port = h->cfg->activation_port,
                                 .path = arena_str(&j->arena, str_z(path))};
    char url[1024];
    int n = snprintf(url, sizeof url, "https://%.*s:%u%s", STR_ARG(str_head(host, 256)),
                     (unsigned)j->to.port, path);
    j->to.url = arena_str(&j->arena, str_of(url, (size_t)n));
    if (h->phone->customization != PHONE_PENDING) {
        h->phone->customization = PHONE_PENDING;
        h->changed = true;
    }
}

void job_go(struct handset *h)
{
    struct handset_job *j = h->job;
    struct addr literal;
    if (j->kind == JOB_SRV) {
        ask(h, JOB_SRV_NAME, service_name(h, j->rule == 0, h->lease->domain), DNS_SRV);
        return;
    }
    if (j->kind == JOB_ACTIVATION) {
        activation_target(h);
    }
    j->n_addr = j->at_addr = 0;
    j->naming = false;
    if (j->to.scheme == RULE_GDS) {
        job_failed(h, "an activation code is needed", false);
        return;
    }
    if (!handset_allowed(h, j->to.host)) {
        job_failed(h, "outside Restricted_Access_Domains", false);
        return;
    }
    if (j->to.scheme != RULE_TFTP) {
        SAY(h, "voice", "reqByCurlInternal sending http request out..., url: {url}", j->to.url);
    }
    if (addr_read(j->to.host, &literal)) {
        j->addr[0] = literal;
        j->n_addr = 1;
        if (with_stages(h)) {
            handset_stage_end(
                h, j->kind == JOB_ACTIVATION ? STAGE_ACTIVATION_DNS : STAGE_PROVISIONING_DNS,
                STAGE_SKIPPED);
        }
        job_fetch(h);
        return;
    }
    j->naming = true;
    stage(h, true, true);
    if (j->to.srv && j->to.scheme != RULE_TFTP) {
        ask(h, JOB_SRV_NAME, service_name(h, j->to.scheme == RULE_HTTPS, j->to.host), DNS_SRV);
    } else {
        ask(h, JOB_NAME, j->to.host, DNS_A);
    }
}

/* -- names */

static void no_name(struct handset *h)
{
    char host[300];
    int n = snprintf(host, sizeof host, "Couldn't resolve host '%.*s'",
                     STR_ARG(str_head(h->job->to.host, 255)));
    if (h->job->to.scheme != RULE_TFTP) {
        SAY(h, "raw", NULL, str_of(host, (size_t)n));
        SAY(h, "voice", "reqByCurlInternal return from http request, [res] = {code} Error",
            STR("6"));
    }
    job_failed(h, "host not found", true);
}

static void on_srv(struct handset *h, const struct dns_message *m)
{
    struct handset_job *j = h->job;
    struct dns_srv best = {.port = 0}, srv;
    struct dns_answer answer;
    struct dns_walk walk = dns_walk(m);
    struct dns_rr rr;
    char text[DNS_NAME_TEXT], base[DNS_NAME_TEXT + 32];
    bool found = false;
    answer = dns_answer(m);
    while (dns_next(&walk, &rr)) {
        /* "The lower the weight, the earlier" (AGP), unlike RFC 2782. */
        if (dns_answers(m, &answer, &rr) && dns_rr_srv(&rr, &srv) && !dns_name_root(srv.target) &&
            (!found || srv.priority < best.priority ||
             (srv.priority == best.priority && srv.weight < best.weight))) {
            best = srv;
            found = true;
        }
    }
    if (!found) {
        return;
    }
    struct str target = dns_name_text(best.target, text);
    if (j->kind != JOB_SRV) {
        j->check = j->to.host;
        j->to.host = arena_str(&j->arena, target);
        j->to.port = best.port;
        return;
    }
    int n = snprintf(base, sizeof base, "%s://%.*s:%u", j->rule == 0 ? "https" : "http",
                     STR_ARG(target), (unsigned)best.port);
    j->base = arena_str(&j->arena, str_of(base, (size_t)n));
    j->base_check = h->lease ? arena_str(&j->arena, h->lease->domain) : STR("");
}

/* The SRV question of the lease's domain, both of them, then activation. */
static void provisioning_srv(struct handset *h)
{
    struct handset_job *j = h->job;
    if (j->base.len) {
        j->kind = JOB_PROFILE;
        j->rule = 0;
        j->check = j->base_check;
        handset_stage_end(h, STAGE_ACTIVATION_DNS, STAGE_SKIPPED);
        handset_stage_end(h, STAGE_ACTIVATION, STAGE_SKIPPED);
        job_rule(h);
    } else if (j->rule == 0) {
        j->rule = 1;
        job_go(h);
    } else {
        j->rule = 0;
        job_failed(h, "no SRV", false);
    }
}

static void on_addresses(struct handset *h, const struct dns_message *m)
{
    struct handset_job *j = h->job;
    struct dns_answer answer = dns_answer(m);
    struct dns_walk walk = dns_walk(m);
    struct dns_rr rr;
    struct addr a;
    while (j->n_addr < HANDSET_ADDRESSES && dns_next(&walk, &rr)) {
        if (dns_answers(m, &answer, &rr) && dns_rr_addr(&rr, &a)) {
            j->addr[j->n_addr++] = a;
        }
    }
}

void job_answer(struct handset *h, enum handset_heard heard, struct str bytes)
{
    struct handset_job *j = h->job;
    struct dns_message m;
    struct err_at at;
    enum job_wait was = j->wait;
    bool good = heard == HANDSET_ANSWERED && dns_read(bytes, &m, &at) == ERR_OK && m.has_question &&
                m.rcode == 0;
    j->wait = JOB_IDLE;
    j->until = USEC_NONE;
    if (was == JOB_SRV_NAME) {
        if (good) {
            on_srv(h, &m);
        }
        if (j->kind == JOB_SRV) {
            provisioning_srv(h);
        } else if (j->check.len) {
            ask(h, JOB_NAME, j->to.host, DNS_A);
        } else {
            no_name(h);
        }
        return;
    }
    if (good) {
        on_addresses(h, &m);
    }
    if (j->n_addr == 0) {
        no_name(h);
        return;
    }
    j->naming = false;
    stage(h, true, false);
    job_fetch(h);
}

/* -- the answer */

static void redirected(struct handset *h, struct str location)
{
    struct handset_job *j = h->job;
    struct rule_result was = j->to;
    if (++j->redirects > REDIRECTS_MOST || location.len == 0) {
        job_failed(h, "redirected too often", false);
        return;
    }
    if (location.p[0] == '/') {
        j->to.path = job_expand(h, location);
        j->n_addr = j->at_addr = 0;
        job_go(h);
        return;
    }
    if (j->kind == JOB_ACTIVATION || job_eval(h, location, RULE_PROFILE) || !j->to.has_url ||
        j->to.scheme == RULE_GDS) {
        job_failed(h, "redirected to where it cannot go", false);
        return;
    }
    j->to.key = was.key;
    j->to.uid = was.uid;
    j->to.pwd = was.pwd;
    j->check = STR("");
    job_go(h);
}

static void by_status(struct handset *h, const struct handset_fetched *f)
{
    char why[32];
    (void)snprintf(why, sizeof why, "status %u", f->status);
    switch (rule_http_class(f->status)) {
    case RULE_HTTP_OK:
        job_done(h, f);
        break;
    case RULE_HTTP_REDIRECT:
        redirected(h, f->location);
        break;
    case RULE_HTTP_MISSING:
        if (h->job->kind == JOB_PROFILE && !phone_yes(h->phone, "Resync_Fails_On_FNF")) {
            job_done(h, f);
            break;
        }
        job_failed(h, "file not found", false);
        break;
    case RULE_HTTP_LOGIN:
    case RULE_HTTP_FAILED:
        job_failed(h, why, false);
        break;
    }
}

void handset_on_fetched(struct handset *h, uint32_t id, const struct handset_fetched *f, usec_t now)
{
    char code[STR_NUMBER], why[64];
    struct handset_job *j = h->job;
    struct handset_fetched missing = {.status = 404};
    h->now = now;
    if (!j || j->id != id || j->wait != JOB_FETCH || h->state != HANDSET_UP) {
        return;
    }
    j->wait = JOB_IDLE;
    j->until = USEC_NONE;
    if (f->code == 0) {
        by_status(h, f);
        return;
    }
    if (j->to.scheme == RULE_TFTP && f->code == TFTP_NOTFOUND) {
        by_status(h, &missing);
        return;
    }
    if (j->at_addr + 1 < j->n_addr) {
        j->at_addr++;
        job_fetch(h);
        return;
    }
    if (j->to.scheme != RULE_TFTP) {
        if (f->text.len) {
            SAY(h, "raw", NULL, f->text);
        }
        SAY(h, "voice", "reqByCurlInternal return from http request, [res] = {code} Error",
            str_number(code, f->code));
    }
    (void)snprintf(why, sizeof why, "curl %d", f->code);
    job_failed(h, why, true);
}
