/* The life of a handset. */
#include "flow/handset/handset.h"

void handset_cfg_usual(struct handset_cfg *cfg)
{
    *cfg = (struct handset_cfg){
        .activation_host = STR("activate.cisco.com"),
        .activation_old_host = STR("webapps.cisco.com"),
        .activation_port = 443,
        .registers = true,
        .name_wait = 8,
        .fetch_wait = 60,
        .clock_wait = 5,
        .upgrade_time = 20,
        .born = time_days(2023, 5, 10) * USEC_DAY,
    };
}
