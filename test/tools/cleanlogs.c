/* Clean journeys in virtual time, each with delays, answers and a length of its own: what their phones wrote, a file each. */
#include "flow/scribe/journey_fixture.h"

enum { SLOWEST = 400 /* ms */ };

/* A journey's chance; the first of its context is the journey's own. */
struct clean {
    struct journey j;
    uint64_t random;
    char profile[1024];
    char challenge[128];
    struct world_page pages[3];
};

static unsigned below(uint64_t *random, unsigned n)
{
    return (unsigned)(random_next(random) % n);
}

/* Most answers are quick, some are not. */
static usec_t takes(struct world *w, const struct world_event *e)
{
    struct clean *c = (struct clean *)w->ctx;
    unsigned ms = below(&c->random, 4) ? below(&c->random, 40) : below(&c->random, SLOWEST);
    (void)e;
    return ms * USEC_MS + below(&c->random, 1000);
}

/* What differs from site to site and is well everywhere. */
static void furnish(struct clean *c, uint64_t seed)
{
    static const char *const transports[] = {"TLS", "TCP", "UDP"};
    static const char *const periods[] = {"0", "3600", "7200", "86400"};
    c->random = seed * 0x9e3779b97f4a7c15u + 1;
    (void)snprintf(c->challenge, sizeof c->challenge,
                   "Digest realm=\"example.com\", nonce=\"%016llx\", algorithm=MD5, qop=\"auth\"",
                   (unsigned long long)random_next(&c->random));
    (void)snprintf(c->profile, sizeof c->profile,
                   "<flat-profile><Proxy_1_>sip.example.com</Proxy_1_><User_ID_1_>%u</"
                   "User_ID_1_><Password_1_>secret-%u</Password_1_>"
                   "<SIP_Transport_1_>%s</SIP_Transport_1_><Use_DNS_SRV_1_>Yes</"
                   "Use_DNS_SRV_1_><DNS_SRV_Auto_Prefix_1_>Yes</DNS_SRV_Auto_Prefix_1_>"
                   "<Resync_Periodic>%s</Resync_Periodic></flat-profile>",
                   1000 + below(&c->random, 9000), below(&c->random, 100000),
                   transports[below(&c->random, 3)], periods[below(&c->random, 4)]);
    c->pages[0] =
        (struct world_page){.part = "callhome",
                            .status = 200,
                            .body = "<flat-profile><Profile_Rule>https://prov.example.com/$MA.xml</"
                                    "Profile_Rule></flat-profile>"};
    c->pages[1] =
        (struct world_page){.part = "prov.example.com", .status = 200, .body = c->profile};
}

/* Its log. */
static void journey_of(struct clean *c, struct phone_pool *pool, struct agent_work *agents,
                       uint64_t seed)
{
    furnish(c, seed);
    /* 250 MAC addresses, one after the other. */
    journey_begin_of(&c->j, pool, agents, c->pages, (uint8_t)(1 + seed % 250));
    c->j.w.challenge = c->challenge;
    c->j.w.takes = takes;
    c->j.w.lease.dns[1] = below(&c->random, 2) ? addr4(0xc0000236) : (struct addr){0};
    /* From a minute to three hours: also what a refresh writes is clean. */
    journey_run(&c->j, 60 + below(&c->random, 3 * 3600));
}

static bool write_log(const char *folder, uint64_t seed, struct str log)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%llu.log", folder, (unsigned long long)seed);
    FILE *f = fopen(path, "we");
    bool ok = f && fwrite(log.p, 1, log.len, f) == log.len;
    return f && fclose(f) == 0 && ok;
}

int main(int argc, char **argv)
{
    struct clean *c = calloc(1, sizeof *c);
    struct phone_pool *pool = NULL;
    struct agent_work *agents = NULL;
    uint64_t n = 0;
    bool ok = argc == 3 && str_u64(str_z(argv[1]), &n);
    if (!ok) {
        (void)fprintf(stderr, "usage: cleanlogs COUNT FOLDER\n");
        free(c);
        return 2;
    }
    ok = c && phone_pool_new(100000, &pool) == ERR_OK && agent_work_new(&agents) == ERR_OK;
    for (uint64_t seed = 1; ok && seed <= n; seed++) {
        journey_of(c, pool, agents, seed);
        ok = write_log(argv[2], seed, buf_str(&c->j.log.log));
        journey_end(&c->j);
    }
    agent_work_free(agents);
    phone_pool_free(pool);
    free(c);
    return ok ? 0 : 1;
}
