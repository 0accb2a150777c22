/* The request for a URL, its head as phones write it. */
#include <stdio.h>

#include "domain/profile/profile.h"
#include "flow/handset/inside.h"
#include "proto/salted/salted.h"

static void field(struct handset_fetch *f, const char *name, struct str value)
{
    if (f->n_fields < HANDSET_FIELDS) {
        f->field[f->n_fields++] = (struct handset_field){str_z(name), value};
    }
}

static struct str host_field(struct handset *h)
{
    const struct rule_result *to = &h->job->to;
    char room[300];
    if (to->port == (to->scheme == RULE_HTTPS ? 443 : 80)) {
        return to->host;
    }
    int n = snprintf(room, sizeof room, "%.*s:%u", STR_ARG(str_head(to->host, 255)),
                     (unsigned)to->port);
    return arena_str(&h->job->arena, str_of(room, (size_t)n));
}

/* In the order of the seed's dump. */
static void head(struct handset *h, struct handset_fetch *f)
{
    field(f, "User-Agent", job_expand(h, handset_get(h, "HTTP_User_Agent_Name")));
    field(f, "Host", host_field(h));
    field(f, "Accept-Encoding", STR("deflate, gzip"));
    field(f, "Accept", STR("*/*"));
    field(f, "Accept-Language", STR("en"));
    field(f, "Accept-Charset", STR("iso-8859-1"));
    if (h->job->kind == JOB_UPLOAD && handset_get(h, "PRT_HTTP_Header").len &&
        handset_get(h, "PRT_HTTP_Header_Value").len) {
        f->field[f->n_fields++] = (struct handset_field){handset_get(h, "PRT_HTTP_Header"),
                                                         handset_get(h, "PRT_HTTP_Header_Value")};
    }
}

/* -- bodies */

static struct str sealed(struct handset *h, struct str plain)
{
    struct str key = h->job->to.key;
    uint8_t salt[SALTED_SALT];
    struct buf out = {.limit = HANDSET_BODY};
    uint64_t r = random_next(&h->random);
    struct str body = STR("");
    memcpy(salt, &r, sizeof salt);
    if (salted_write(h->cfg->crypto, key, salt, plain, &out) == ERR_OK) {
        body = arena_str(&h->job->arena, buf_str(&out));
    }
    buf_clear(&out);
    return body;
}

/* What is set, but for secrets; without --delta the usual values of the others too. */
static size_t values(const struct handset *h, struct profile_value *v, size_t most, bool delta)
{
    struct str name, value;
    size_t n = 0;
    for (size_t i = 0; n < most && phone_setting(h->phone, i, &name, &value); i++) {
        if (!profile_is_secret(name)) {
            v[n++] = (struct profile_value){.name = name, .value = value};
        }
    }
    for (size_t i = 0; !delta && n < most && i < profile_params_n; i++) {
        name = str_z(profile_params[i].name);
        if (profile_params[i].kind != PROFILE_SECRET && str_find(name, STR("_n_")) == STR_NPOS &&
            !phone_has(h->phone, name)) {
            v[n++] = (struct profile_value){.name = name, .value = str_z(profile_params[i].usual)};
        }
    }
    return n;
}

static struct str configuration(struct handset *h)
{
    struct handset_job *j = h->job;
    size_t most = (size_t)h->phone->n + profile_params_n;
    struct profile_value *v = arena_alloc(&j->arena, most * sizeof *v);
    struct buf out = {.limit = HANDSET_BODY};
    struct sink sink = buf_sink(&out);
    if (!v) {
        return STR("");
    }
    profile_write(v, values(h, v, most, j->to.delta), &sink);
    struct str body = sink.err ? STR("") : arena_str(&j->arena, buf_str(&out));
    buf_clear(&out);
    return j->to.key.len ? sealed(h, body) : body;
}

static void form(struct handset_fetch *f, const char *name, struct str value)
{
    f->form[f->n_form++] = (struct handset_field){str_z(name), value};
}

static struct str device_name(struct handset *h)
{
    return job_expand(h, STR("SEP$MAU"));
}

static void content(struct handset *h, struct handset_fetch *f)
{
    struct handset_job *j = h->job;
    char name[8] = "GPP_A";
    if (j->to.post) {
        name[4] = (char)(j->to.post - 'a' + 'A');
        f->method = HANDSET_POST;
        f->body = job_expand(h, handset_get(h, name));
    } else if (j->kind == JOB_CONFIG) {
        f->method =
            str_ieq(handset_get(h, "HTTP_Report_Method"), STR("PUT")) ? HANDSET_PUT : HANDSET_POST;
        f->body = configuration(h);
        field(f, "Content-Type", STR("application/xml"));
    } else if (j->kind == JOB_UPLOAD) {
        struct str user = handset_get(h, "Station_Display_Name");
        f->method =
            str_ieq(handset_get(h, "PRT_Upload_Method"), STR("PUT")) ? HANDSET_PUT : HANDSET_POST;
        form(f, "devicename", device_name(h));
        form(f, "serialno", str_z(h->phone->serial));
        form(f, "username", user.len ? user : phone_of_line(h->phone, "User_ID", 1));
        f->archive = h->archive;
    }
}

void job_fetch(struct handset *h)
{
    struct handset_job *j = h->job;
    struct handset_fetch *f = &j->fetch;
    *f = (struct handset_fetch){
        .scheme = j->to.scheme == RULE_HTTPS  ? HANDSET_HTTPS
                  : j->to.scheme == RULE_HTTP ? HANDSET_HTTP
                                              : HANDSET_TFTP,
        .host = j->to.host,
        .check = j->check,
        .to = {j->addr[j->at_addr], j->to.port},
        .path = j->to.path,
        .user = j->to.uid,
        .secret = j->to.pwd,
        .tls_least = handset_tls_least(h),
        .tls_most = handset_tls_most(h),
        .certificate = phone_fault(h->phone, PHONE_FAULT_CERTIFICATE_MISSING) ? HANDSET_CERT_NONE
                       : phone_fault(h->phone, PHONE_FAULT_CERTIFICATE_EXPIRED)
                           ? HANDSET_CERT_EXPIRED
                           : HANDSET_CERT_OWN,
        .date = handset_date(h, h->now),
        .most = HANDSET_BODY,
    };
    if (f->scheme != HANDSET_TFTP) {
        head(h, f);
        content(h, f);
    }
    bool resync = j->kind == JOB_PROFILE || j->kind == JOB_ACTIVATION;
    if (resync && j->at_addr == 0) {
        handset_stage(h, j->kind == JOB_PROFILE ? STAGE_PROVISIONING : STAGE_ACTIVATION);
    }
    if (j->kind == JOB_PROFILE) {
        h->resync_since = h->now;
        job_say(h, "Log_Request_Msg", "fapp-{model} {mac} -- Requesting resync {url}");
    }
    if (f->scheme == HANDSET_HTTPS) {
        SAY(h, "voice", "sec_set_min_TLS_version: min_TLS_verson is {version},ret is {code} ...",
            f->tls_least, STR("1"));
    }
    j->wait = JOB_FETCH;
    j->id = handset_id(h);
    j->until = h->now + (h->cfg->fetch_wait + 5) * USEC_S;
    struct handset_action *a = handset_push(h, HANDSET_FETCH);
    if (a) {
        a->id = j->id;
        a->fetch = f;
        a->wait = h->cfg->fetch_wait;
    }
}
