/* Journeys of phones: which way they take, what they say, when they come again. */
#include "flow/handset/handset_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct phone_pool *pool;
static struct agent_work *agents;
static struct world w;

static int set_up(void **state)
{
    (void)state;
    return phone_pool_new(100000, &pool) || agent_work_new(&agents);
}

static int tear_down(void **state)
{
    (void)state;
    agent_work_free(agents);
    phone_pool_free(pool);
    return 0;
}

static void begin(const struct world_page *pages)
{
    world_begin(&w, pool, agents, 0x21);
    w.page = pages;
}

static void set(const char *name, const char *value)
{
    bool changed = false;
    assert_int_equal(phone_set(&w.phone, str_z(name), str_z(value), &changed), ERR_OK);
}

static void run(usec_t seconds)
{
    if (w.h.state == HANDSET_OFF) {
        handset_start(&w.h, w.now);
    }
    world_run(&w, w.now + seconds * USEC_S);
}

static void forget(void)
{
    w.used = 0;
    w.trace[0] = '\0';
}

static void is(const char *expected)
{
    assert_string_equal(w.trace, expected);
}

#define LINE1                                                      \
    "<Proxy_1_>192.0.2.60</Proxy_1_><User_ID_1_>1001</User_ID_1_>" \
    "<Password_1_>secret</Password_1_>"
#define PROFILE "<flat-profile>" LINE1 "</flat-profile>"
#define RULE "<flat-profile><Profile_Rule>https://prov.example.com/</Profile_Rule></flat-profile>"
#define BEFORE "link:ok dhcp:ok clock:skipped "
#define CALLHOME                                                                                \
    "GET https://activate.cisco.com:443/software/edos/callhome/rc?id=00005e005321:FCH00005321:" \
    "CP-8851-3PCC&sw=sip88xx.12-0-2MPP0001-20230510-156252b771&orig=orig_mpp&authstatus=none@"  \
    "198.51.100.1 "
#define REGISTERED "register:ok registered:ok"

static void fresh_by_activation(void **state)
{
    static const struct world_page pages[] = {{"callhome", 0, 200, RULE, NULL, NULL},
                                              {"prov.example.com", 0, 200, PROFILE, NULL, NULL},
                                              {0}};
    (void)state;
    begin(pages);
    run(1);
    is(BEFORE "activation-dns:ok " CALLHOME
              "activation:ok provisioning-dns:ok GET https://prov.example.com:443/@198.51.100.1 "
              "provisioning:ok connect:ok " REGISTERED);
    assert_int_equal(w.phone.customization, PHONE_ACQUIRED);
    assert_string_equal(w.last_head, "User-Agent: Cisco-CP-8851-3PCC/12.0.2 (00005e005321)\n"
                                     "Host: prov.example.com\n"
                                     "Accept-Encoding: deflate, gzip\n"
                                     "Accept: */*\n"
                                     "Accept-Language: en\n"
                                     "Accept-Charset: iso-8859-1\n");
    assert_true(handset_registered(&w.h));
    assert_null(w.h.job);
    assert_true(w.saves > 0);
    forget();
    run(3600); /* Resync_Periodic; nothing changed, so the line stays */
    assert_int_equal(w.restarts, 1);
    assert_non_null(strstr(w.trace, "GET https://prov.example.com:443/@198.51.100.1"));
    world_end(&w);
}

static void lines_of_the_way_by_dhcp(void **state)
{
    (void)state;
    begin(NULL);
    w.lines = true;
    w.lease.tftp[0] = addr4(0xc0000214);
    run(1);
    is("DHCP-IP Address: 192.0.2.100\n"
       "DHCP-Subnet Mask: 255.255.255.0\n"
       "DHCP-Default Gwy: 192.0.2.1\n"
       "DHCP- ******** dhcpConvConfToExtOptionFile(): Usin\n"
       "DHCP-hostname:SEP00005E005321\n"
       "DHCP-ipaddr:192.0.2.100\n"
       "DHCP-netmask:255.255.255.0\n"
       "DHCP-router1:192.0.2.1\n"
       "DHCP-domain:\n"
       "DHCP-ntpsvr1:0.0.0.0\n"
       "DHCP-ntpsvr2:0.0.0.0\n"
       "DHCP-tftpsvr1:192.0.2.20\n"
       "DHCP-tftpsvr2:0.0.0.0\n"
       "DHCP-dns1:192.0.2.53\n"
       "DHCP-dns2:0.0.0.0\n"
       "DHCP-option160:\n"
       "DHCP-option159:\n"
       "DHCP-option125:\n"
       "DHCP-option66:\n"
       "voice-fapp-Provisioning using DHCP..\n"
       "voice-FUNCTION:fprv_update, proxy_Config:0\n"
       "voice-fprv_eval_profile_rule assemble url=tftp://192.0.2.20/$PSN.xml "
       ",curState.profile_rule=/$PSN.xml\n"
       "voice-DHCP pending acquired=1\n"
       "voice-fapp-[resync] fprv_eval_profile_rule - must resync\n"
       "voice-fapp-CP-8851-3PCC 00:00:5e:00:53:21 -- Requesting resync "
       "tftp://192.0.2.20:69/8851-3PCC.xml\n"
       "voice-fapp-CP-8851-3PCC 00:00:5e:00:53:21 -- Resync failed: Download failed\n");
    assert_int_equal(w.phone.customization, PHONE_ABORTED);
    world_end(&w);
}

static void lines_of_a_silent_resolver(void **state)
{
    (void)state;
    begin(NULL);
    w.lines = true;
    w.silent = "activate";
    run(1);
    const char *from = strstr(w.trace, "voice-");
    assert_non_null(from);
    assert_string_equal(
        from,
        "voice-reqByCurlInternal sending http request out..., url: "
        "https://activate.cisco.com:443/software/edos/callhome/rc?id=00005e005321:FCH00005321:CP-"
        "8851-3PCC&sw=sip88xx.12-0-2MPP0001-20230510-156252b771&orig=orig_mpp&authstatus=none\n"
        "dnsmasq-query[A] activate.cisco.com from 127.0.0.1\n"
        "dnsmasq-forwarded activate.cisco.com to 192.0.2.53\n"
        "raw-Couldn't resolve host 'activate.cisco.com'\n"
        "voice-reqByCurlInternal return from http request, [res] = 6 Error\n"
        "voice-fapp-CP-8851-3PCC 00:00:5e:00:53:21 -- Resync failed: Download failed\n"
        "voice-fapp-fprv_eval_profile_rule return status=FPRV_ERR_SERVER_CONNECTION_FAILED "
        "err_count:0, retry_delay:60\n");
    assert_int_equal(w.phone.customization, PHONE_PENDING);
    world_end(&w);
}

static void lines_of_activation(void **state)
{
    static const struct world_page pages[] = {{"callhome", 0, 200, RULE, NULL, NULL}, {0}};
    (void)state;
    begin(pages);
    w.lines = true;
    w.silent = "prov.";
    run(1);
    const char *from = strstr(w.trace, "dnsmasq-reply");
    assert_non_null(from);
    assert_string_equal(
        from,
        "dnsmasq-reply activate.cisco.com is 198.51.100.1\n"
        "voice-sec_set_min_TLS_version: min_TLS_verson is TLS 1.2,ret is 1 ...\n"
        "voice-fapp-pal data updated for property name: Profile Rule to https://prov.example.com/ "
        "from /$PSN.xml\n"
        "voice-QPE:RESYNC profile=[https://prov.example.com/ ]\n"
        "voice-FUNCTION:fprv_update, proxy_Config:0\n"
        "voice-fapp-[resync] fprv_eval_profile_rule - must resync\n"
        "voice-reqByCurlInternal sending http request out..., url: https://prov.example.com:443/\n"
        "dnsmasq-query[A] prov.example.com from 127.0.0.1\n"
        "dnsmasq-forwarded prov.example.com to 192.0.2.53\n"
        "raw-Couldn't resolve host 'prov.example.com'\n"
        "voice-reqByCurlInternal return from http request, [res] = 6 Error\n"
        "voice-fapp-CP-8851-3PCC 00:00:5e:00:53:21 -- Resync failed: Download failed\n"
        "voice-fapp-fprv_eval_profile_rule return status=FPRV_ERR_SERVER_CONNECTION_FAILED "
        "err_count:0, retry_delay:60\n");
    assert_int_equal(w.phone.customization, PHONE_CUSTOM_PENDING);
    world_end(&w);
}

static void unknown_here(void **state)
{
    static const struct world_page pages[] = {{"callhome", 0, 200, "", NULL, NULL}, {0}};
    (void)state;
    begin(pages);
    run(1);
    is(BEFORE "activation-dns:ok " CALLHOME "activation:failed");
    assert_int_equal(w.phone.customization, PHONE_UNAVAILABLE);
    world_end(&w);
}

static void options_of_dhcp(void **state)
{
    static const struct {
        const char *use, *o66, *o150, *o159, *o160, *o43;
        const char *fetched; /* NULL: activation */
    } t[] = {
        {NULL, "192.0.2.20", "", "", "", "", "GET tftp://192.0.2.20:69/8851-3PCC.xml@192.0.2.20"},
        {NULL, "tftp.example.com", "", "", "", "",
         "provisioning-dns:ok GET tftp://tftp.example.com:69/8851-3PCC.xml@198.51.100.1"},
        {NULL, "http://192.0.2.20:8667", "", "", "", "",
         "GET http://192.0.2.20:8667/8851-3PCC.xml@192.0.2.20"},
        {NULL, "http://192.0.2.20/p/?mac=$MA", "", "", "", "",
         "GET http://192.0.2.20:80/p/?mac=00005e005321@192.0.2.20"},
        {NULL, "192.0.2.20/dir/x.xml", "", "", "", "",
         "GET tftp://192.0.2.20:69/dir/x.xml@192.0.2.20"},
        {NULL, "192.0.2.20", "192.0.2.21", "", "https://192.0.2.22/", "",
         "GET tftp://192.0.2.20:69/8851-3PCC.xml@192.0.2.20"},
        {NULL, "", "192.0.2.21", "", "https://192.0.2.22/", "",
         "GET https://192.0.2.22:443/8851-3PCC.xml@192.0.2.22"},
        {"150,160", "192.0.2.20", "192.0.2.21", "", "https://192.0.2.22/", "",
         "GET tftp://192.0.2.21:69/8851-3PCC.xml@192.0.2.21"},
        {"159", "192.0.2.20", "192.0.2.21", "192.0.2.23", "", "",
         "GET tftp://192.0.2.23:69/8851-3PCC.xml@192.0.2.23"},
        {"67", "192.0.2.20", "192.0.2.21", "", "", "", NULL},
        {NULL, "", "", "", "", "\1\4abcd", NULL}, /* a WLAN controller's */
        {NULL, "", "", "", "", "http://192.0.2.24/x.xml",
         "GET http://192.0.2.24:80/x.xml@192.0.2.24"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        char text[1024];
        begin(NULL);
        if (t[i].use) {
            set("DHCP_Option_To_Use", t[i].use);
        }
        w.lease.option66 = str_z(t[i].o66);
        w.lease.option159 = str_z(t[i].o159);
        w.lease.option160 = str_z(t[i].o160);
        w.lease.option43 = str_z(t[i].o43);
        (void)addr_read(str_z(t[i].o150), &w.lease.tftp[0]);
        run(1);
        bool ip = t[i].fetched && strncmp(t[i].fetched, "GET", 3) == 0;
        snprintf(text, sizeof text, BEFORE "activation-dns:skipped activation:skipped %s%s%s",
                 ip ? "provisioning-dns:skipped " : "", t[i].fetched ? t[i].fetched : "",
                 " provisioning:failed");
        if (t[i].fetched) {
            is(text);
        } else {
            assert_non_null(strstr(w.trace, "callhome"));
        }
        world_end(&w);
    }
}

static void success_of_dhcp_wins(void **state)
{
    static const struct world_page pages[] = {{"callhome", 0, 200, RULE, NULL, NULL},
                                              {"prov.example.com", 0, 200, PROFILE, NULL, NULL},
                                              {0}};
    (void)state;
    begin(pages);
    w.cfg.dhcp_by_success = true;
    w.lease.option66 = STR("192.0.2.20");
    run(61);
    assert_non_null(strstr(w.trace, "tftp://192.0.2.20:69/8851-3PCC.xml@192.0.2.20 "
                                    "provisioning:failed activation-dns:ok GET https://activate"));
    assert_int_equal(w.phone.customization, PHONE_ACQUIRED);
    world_end(&w);
}

static void by_srv(void **state)
{
    static const struct world_page pages[] = {
        {"prov.example.com:8443", 0, 200, PROFILE, NULL, NULL}, {0}};
    (void)state;
    begin(pages);
    w.lease.domain = STR("site.example.com");
    w.srv = "_ciscoprov-https._tls.site";
    run(1);
    is(BEFORE "activation-dns:skipped activation:skipped provisioning-dns:ok "
              "GET https://prov.example.com:8443/8851-3PCC.xml@198.51.100.1 provisioning:ok "
              "connect:ok " REGISTERED);
    assert_string_equal(w.last_check, "site.example.com");
    world_end(&w);
    begin(pages);
    w.lease.domain = STR("site.example.com"); /* no SRV: activation */
    run(1);
    assert_non_null(strstr(w.trace, "activation-dns:ok GET https://activate"));
    world_end(&w);
}

/* Status by status: whether the configuration counts as fetched, and when the phone comes again. */
static void results_by_class(void **state)
{
    static const struct {
        struct world_page page[3];
        const char *fnf;
        const char *times;
    } t[] = {
        {{{"/a", 0, 200, PROFILE, NULL, NULL}}, NULL, "0 3600 7200"},
        {{{"/a", 0, 404, "", NULL, NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 0, 404, "", NULL, NULL}}, "No", "0 3600 7200"},
        {{{"/a", 0, 403, "", NULL, NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 0, 500, "", NULL, NULL}}, "No", "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 0, 401, "", NULL, NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 28, 0, "", NULL, NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 0, 200, "<flat-profile><A", NULL, NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 0, 200, "hello", NULL, NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
        {{{"/a", 0, 302, "", "/b", NULL}, {"/b", 0, 200, PROFILE, NULL, NULL}},
         NULL,
         "0 0 3600 3600 7200 7200"},
        {{{"/a", 0, 301, "", "http://192.0.2.9/b/$MA", NULL},
          {"192.0.2.9:80/b/00005e005321", 0, 200, PROFILE, NULL, NULL}},
         NULL,
         "0 0 3600 3600 7200 7200"},
        {{{"/a", 0, 302, "", "/a", NULL}}, NULL, NULL},
        {{{"/a", 0, 307, "", "/b", NULL}}, NULL, "0 60 180 420 900 1860 3780 7620"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        begin(t[i].page);
        w.times = true;
        set("Profile_Rule", "http://192.0.2.8/a");
        if (t[i].fnf) {
            set("Resync_Fails_On_FNF", t[i].fnf);
        }
        run(7700);
        if (t[i].times) {
            is(t[i].times);
        } else {
            assert_int_equal(strncmp(w.trace, "0 0 0 0 0 0 60 60", 17), 0);
        }
        world_end(&w);
    }
}

static void timers(void **state)
{
    static const struct world_page good[] = {{"/a", 0, 200, PROFILE, NULL, NULL}, {0}};
    static const struct world_page bad[] = {{"/a", 0, 503, "", NULL, NULL}, {0}};
    static const struct {
        const char *name, *value;
        const struct world_page *pages;
        const char *times;
    } t[] = {
        {"Resync_Periodic", "600,1200,300", good, "0 600 1800 2100 2400 2700 3000 3300 3600"},
        {"Resync_Periodic", "0", good, "0"},
        {"Resync_Periodic", "", good, "0"},
        {"Resync_Error_Retry_Delay", "1000", bad, "0 1000 2000 3000"},
        {"Resync_Error_Retry_Delay", "0", bad, "0"},
        {"Resync_Error_Retry_Delay", "100,0", bad, "0 100"},
        {"Resync_On_Reset", "No", good, "0 3600"}, /* fresh: all the same */
        {"Provision_Enable", "No", good, ""},
        {"Resync_Trigger_1", "$PRVST eq -1", good, ""},
        {"Resync_Trigger_2", "$PRVST eq 0", good, "0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        begin(t[i].pages);
        w.times = true;
        set("Profile_Rule", "http://192.0.2.8/a");
        set(t[i].name, t[i].value);
        run(3601);
        is(t[i].times);
        world_end(&w);
    }
}

static void at_a_time_of_day(void **state)
{
    static const struct world_page good[] = {{"/a", 0, 200, PROFILE, NULL, NULL}, {0}};
    (void)state;
    begin(good);
    w.lease.ntp[0] = addr4(0xc000027b); /* the date is 2026-03-01T00:00:00Z */
    set("Profile_Rule", "http://192.0.2.8/a");
    set("Resync_At__HHmm_", "0130");
    for (int day = 0; day < 5; day++) {
        w.fetches = 0;
        run(86400);
        assert_int_equal(w.fetches, day == 0 ? 2 : 1);
        assert_in_range((w.fetched_at / USEC_S) % 86400, 5400, 6000);
    }
    world_end(&w);
}

static void random_delay(void **state)
{
    static const struct world_page good[] = {{"/a", 0, 200, PROFILE, NULL, NULL}, {0}};
    (void)state;
    usec_t least = USEC_DAY, most = 0;
    for (unsigned seed = 0; seed < 50; seed++) {
        world_begin(&w, pool, agents, (uint8_t)seed);
        w.page = good;
        w.cfg.at_once = false;
        set("Profile_Rule", "http://192.0.2.8/a");
        run(41);
        least = w.fetched_at < least ? w.fetched_at : least;
        most = w.fetched_at > most ? w.fetched_at : most;
        world_end(&w);
    }
    assert_in_range(least, 0, 8 * USEC_S);
    assert_in_range(most, 32 * USEC_S, 40 * USEC_S);
}

static void four_rules(void **state)
{
    static const struct world_page pages[] = {
        {"/boot.xml", 0, 200,
         "<flat-profile><Profile_Rule_B>/x/$MA.xml</Profile_Rule_B><Profile_Rule_C>(\"$A\" ne "
         "\"x\")? (GPP_A=\"x\";)! http://192.0.2.8/c</Profile_Rule_C></flat-profile>",
         NULL, NULL},
        {"/x/00005e005321.xml", 0, 200, PROFILE, NULL, NULL},
        {"/c", 0, 200, "<flat-profile><Profile_Rule_B></Profile_Rule_B></flat-profile>", NULL,
         NULL},
        {0}};
    (void)state;
    begin(pages);
    w.lease.option66 = STR("192.0.2.20");
    set("Profile_Rule", "/boot.xml");
    run(1);
    assert_non_null(strstr(w.trace, "GET tftp://192.0.2.20:69/boot.xml@192.0.2.20 "
                                    "provisioning-dns:skipped GET "
                                    "tftp://192.0.2.20:69/x/00005e005321.xml@192.0.2.20 "
                                    "provisioning-dns:skipped GET http://192.0.2.8:80/c@192.0.2.8 "
                                    "provisioning:ok"));
    assert_true(str_eq(phone_get(&w.phone, STR("GPP_A")), STR("x")));
    world_end(&w);
}

static void all_addresses_of_a_host(void **state)
{
    static const struct world_page pages[] = {{"two.", 7, 0, "", NULL, NULL}, {0}};
    (void)state;
    begin(pages);
    set("Profile_Rule", "http://two.example.com/a");
    run(1);
    assert_non_null(strstr(w.trace, "a@198.51.100.1 GET http://two.example.com:80/a@198.51.100.2 "
                                    "provisioning:failed"));
    world_end(&w);
}

/* -- wishes */

static void begin_configured(const struct world_page *pages)
{
    begin(pages);
    set("Profile_Rule", "http://192.0.2.8/a");
    run(1);
    assert_true(handset_registered(&w.h));
    forget();
}

static const struct world_page configured[] = {{"/a", 0, 200, PROFILE, NULL, NULL},
                                               {"/other", 0, 200, PROFILE, NULL, NULL},
                                               {"/up", 0, 200, "", NULL, NULL},
                                               {0}};

static void wishes(void **state)
{
    (void)state;
    begin_configured(configured);
    handset_do(&w.h, HANDSET_DO_RESYNC, STR("http://192.0.2.8/other"), w.now);
    run(1);
    assert_non_null(strstr(w.trace, "GET http://192.0.2.8:80/other@192.0.2.8"));
    assert_true(str_eq(phone_get(&w.phone, STR("Profile_Rule")), STR("http://192.0.2.8/a")));
    handset_do(&w.h, HANDSET_DO_REBOOT, STR(""), w.now);
    forget();
    run(29);
    is("");
    run(2);
    assert_int_equal(w.reboots, 1);
    assert_int_equal(w.phone.reboot[0].why, PHONE_REBOOT_USER);
    assert_true(handset_registered(&w.h));
    handset_do(&w.h, HANDSET_DO_FACTORY_RESET, STR(""), w.now);
    forget();
    run(31);
    assert_int_equal(w.phone.n_reboots, 0);
    assert_non_null(strstr(w.trace, "callhome"));
    world_end(&w);
}

static void reports(void **state)
{
    (void)state;
    begin_configured(configured);
    set("Report_Rule", "[--delta] http://192.0.2.8/up");
    handset_do(&w.h, HANDSET_DO_SEND_CONFIG, STR(""), w.now);
    run(1);
    assert_non_null(strstr(w.trace, "POST http://192.0.2.8:80/up"));
    assert_non_null(strstr(w.last_body, "<User_ID_1_>1001</User_ID_1_>"));
    assert_null(strstr(w.last_body, "secret"));
    set("PRT_Upload_Rule", "http://192.0.2.8/up");
    set("PRT_Upload_Method", "PUT");
    handset_do(&w.h, HANDSET_DO_REPORT, STR("no tone"), w.now);
    forget();
    run(1);
    assert_int_equal(w.reports, 1);
    handset_on_report(&w.h, STR("probrep-20260301-000000.tar.gz"), w.now);
    run(1);
    is("PUT http://192.0.2.8:80/up@192.0.2.8");
    assert_non_null(strstr(w.last_head, "devicename=SEP00005E005321\n"
                                        "serialno=FCH00005321\nusername=1001\n"));
    world_end(&w);
}

static void firmware(void **state)
{
    (void)state;
    begin_configured(configured);
    set("Upgrade_Rule", "(\"$SWVER\" ne \"sip88xx.12-0-3MPP0001-35\")? "
                        "http://192.0.2.8/sip88xx.12-0-3MPP0001-35.loads");
    handset_do(&w.h, HANDSET_DO_RESYNC, STR(""), w.now);
    run(60);
    char room[PHONE_VERSION];
    assert_int_equal(w.reboots, 1);
    assert_int_equal(w.phone.reboot[0].why, PHONE_REBOOT_UPGRADE);
    assert_true(str_eq(phone_version(&w.phone, room), STR("12.0.3")));
    assert_true(w.phone.result[PHONE_UPGRADE][0].ok);
    run(20000);
    assert_int_equal(w.reboots, 1);
    world_end(&w);
}

static void faults(void **state)
{
    static const struct world_page pages[] = {{"/a", 0, 200, PROFILE, NULL, NULL}, {0}};
    static const struct {
        enum phone_fault fault;
        const char *seen;
    } t[] = {
        {PHONE_FAULT_CLOCK_NEVER, "clock:failed"},
        {PHONE_FAULT_PROVISION_OFF, "provisioning:skipped"},
        {PHONE_FAULT_CA_RULE_BROKEN, "GET http://ca.example.net:80/no-such-file.pem"},
        {PHONE_FAULT_DOMAINS_RESTRICTED, "provisioning:failed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        begin(pages);
        w.phone.faults = UINT32_C(1) << t[i].fault;
        set("Profile_Rule", "http://192.0.2.8/a");
        run(1);
        assert_non_null(strstr(w.trace, t[i].seen));
        world_end(&w);
    }
    begin(pages);
    w.phone.faults = 1U << PHONE_FAULT_FIRMWARE_OLD;
    run(1);
    assert_non_null(strstr(w.trace, "webapps.cisco.com"));
    world_end(&w);
}

static void another_address_reboots(void **state)
{
    (void)state;
    begin_configured(configured);
    assert_int_equal(handset_on_lease(&w.h, &w.lease, w.now), ERR_OK);
    run(1);
    assert_int_equal(w.reboots, 0);
    w.lease.address = addr4(0xc0000265);
    assert_int_equal(handset_on_lease(&w.h, &w.lease, w.now), ERR_OK);
    run(60);
    assert_int_equal(w.reboots, 1);
    assert_int_equal(w.phone.reboot[0].why, PHONE_REBOOT_IP);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_by_activation),
        cmocka_unit_test(lines_of_the_way_by_dhcp),
        cmocka_unit_test(lines_of_a_silent_resolver),
        cmocka_unit_test(lines_of_activation),
        cmocka_unit_test(unknown_here),
        cmocka_unit_test(options_of_dhcp),
        cmocka_unit_test(success_of_dhcp_wins),
        cmocka_unit_test(by_srv),
        cmocka_unit_test(results_by_class),
        cmocka_unit_test(timers),
        cmocka_unit_test(at_a_time_of_day),
        cmocka_unit_test(random_delay),
        cmocka_unit_test(four_rules),
        cmocka_unit_test(all_addresses_of_a_host),
        cmocka_unit_test(wishes),
        cmocka_unit_test(reports),
        cmocka_unit_test(firmware),
        cmocka_unit_test(faults),
        cmocka_unit_test(another_address_reboots),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
