/* The records of an announcement in turn, for every writer that knows DNS. */
#ifndef FLOW_ANNOUNCE_RECORDS_H
#define FLOW_ANNOUNCE_RECORDS_H

#include "flow/announce/announce.h"

enum record_kind { RECORD_ADDRESS, RECORD_SRV, RECORD_NAPTR };

struct announce_record {
    enum record_kind kind;
    char owner[272];
    struct str target; /* SRV: host */
    struct addr at;
    uint16_t port, priority, weight; /* NAPTR: priority is the order, weight the preference */
    const char *service;             /* NAPTR: "SIPS+D2T" */
    char replacement[272];           /* NAPTR */
};

/* Calls back with each, in an order that is the same for the same announcement. */
void announce_records(const struct announce *a,
                      void (*each)(const struct announce *a, const struct announce_record *r,
                                   struct sink *out),
                      struct sink *out);

#endif
