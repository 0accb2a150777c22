/* A phone under whatever may happen to it, in any order: no action without what it needs, no deadline that does not pass, and what
 * it waits for ends by itself. */
#include "flow/handset/handset_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t byte(struct input *in)
{
    if (in->n == 0) {
        return 0;
    }
    in->n--;
    return *in->p++;
}

static struct str text(struct input *in)
{
    size_t n = byte(in);
    n = n < in->n ? n : in->n;
    struct str s = str_of((const char *)in->p, n);
    in->p += n;
    in->n -= n;
    return s;
}

static const struct world_page pages[] = {
    {"callhome", 0, 200,
     "<flat-profile><Profile_Rule>https://prov.example.com/</Profile_Rule></flat-profile>", NULL,
     NULL},
    {"prov.", 0, 200,
     "<flat-profile><Proxy_1_>192.0.2.60</Proxy_1_><User_ID_1_>1</User_ID_1_><Proxy_3_>a.example."
     "com:SRV=b.example.com:5060</Proxy_3_><User_ID_3_>3</User_ID_3_><SIP_Transport_3_>TCP"
     "</SIP_Transport_3_></flat-profile>",
     NULL, NULL},
    {0}};

static void setting(struct world *w, struct input *in)
{
    static const char *const names[] = {
        "Profile_Rule",     "Profile_Rule_B",   "Resync_Periodic", "Resync_Error_Retry_Delay",
        "Upgrade_Rule",     "Report_Rule",      "PRT_Upload_Rule", "Custom_CA_Rule",
        "Resync_At__HHmm_", "Resync_Trigger_1", "Log_Request_Msg", "DHCP_Option_To_Use",
        "PRT_Max_Timer",    "Proxy_1_",         "SIP_T1",          "Restricted_Access_Domains"};
    bool changed = false;
    const char *name = names[byte(in) % (sizeof names / sizeof *names)];
    (void)!phone_set(&w->phone, str_z(name), text(in), &changed);
}

/* An end of what is open, of the fuzzer's making. */
static void fetched(struct world *w, struct input *in)
{
    static const unsigned statuses[] = {200, 301, 401, 404, 503};
    struct handset_fetched f = {.code = byte(in) % 8,
                                .status = statuses[byte(in) % 5],
                                .text = STR("an error"),
                                .content_encoding = byte(in) % 4 ? STR("") : STR("aes128gcm")};
    f.location = text(in);
    f.body = text(in);
    handset_on_fetched(&w->h, w->h.ids - byte(in) % 3, &f, w->now);
}

static void step(struct world *w, struct input *in)
{
    struct str s;
    switch (byte(in) % 12) {
    case 0:
        world_run(w, w->now + byte(in) * USEC_S);
        break;
    case 1:
        world_run(w, w->now + byte(in) * 3600 * USEC_S);
        break;
    case 2:
        handset_on_answer(&w->h, w->h.ids - byte(in) % 4, (enum handset_heard)(byte(in) % 3),
                          text(in), w->now);
        break;
    case 3:
        fetched(w, in);
        break;
    case 4:
        handset_on_closed(&w->h, w->h.ids - byte(in) % 4, w->now);
        break;
    case 5:
        handset_on_bytes(&w->h, w->h.ids - byte(in) % 4, text(in), w->now);
        break;
    case 6: {
        enum handset_wish wish = (enum handset_wish)(byte(in) % (HANDSET_DO_HANG_UP + 1));
        handset_do(&w->h, wish, text(in), w->now);
        break;
    }
    case 7:
        setting(w, in);
        break;
    case 8:
        s = text(in);
        w->lease.option66 = s;
        w->lease.address.b[3] = byte(in);
        (void)!handset_on_lease(&w->h, &w->lease, w->now);
        w->lease.option66 = STR("");
        break;
    case 9:
        handset_on_lease_lost(&w->h, w->now);
        break;
    case 10:
        w->page = byte(in) % 2 ? pages : pages + 2;
        w->silent = byte(in) % 2 ? "e" : NULL;
        w->sip_status = byte(in) % 2 ? 200 : byte(in) % 2 ? 503 : 0;
        break;
    case 11:
        handset_on_report(&w->h, text(in), w->now);
        handset_on_media(&w->h, byte(in), (struct endpoint){w->lease.address, byte(in)}, w->now);
        break;
    }
    world_settle(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    struct input in = {data, size};
    struct phone_pool *pool = NULL;
    struct agent_work *agents = NULL;
    if (phone_pool_new(10000, &pool) || agent_work_new(&agents)) {
        abort();
    }
    world_begin(&w, pool, agents, 0x21);
    w.page = pages;
    w.quiet = true;
    w.lines = true; /* holes and values are held against each other */
    w.phone.faults = (uint32_t)(byte(&in) | byte(&in) << 8) & ((1U << PHONE_FAULTS) - 1);
    handset_start(&w.h, 0);
    world_settle(&w);
    for (unsigned i = 0; i < 64 && in.n; i++) {
        step(&w, &in);
    }
    /* Left alone it comes to rest: no work stays open for ever. */
    world_run(&w, w.now + 600 * USEC_S);
    world_must(!w.h.job || handset_deadline(&w.h) != USEC_NONE, "work without a deadline");
    world_end(&w);
    agent_work_free(agents);
    phone_pool_free(pool);
    return 0;
}
