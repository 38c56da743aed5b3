package module

import "strings"

// opensipsModules are the modules that OpenSIPS 4.1 has: one that is not in the
// catalogue is not misspelt but missing.
var opensipsModules = strings.Fields(`
aaa_diameter aaa_radius acc aka_av_diameter alias_db auth auth_aaa auth_aka auth_db auth_jwt auth_web3
b2b_entities b2b_logic b2b_sca b2b_sdp_demux benchmark cachedb_cassandra cachedb_couchbase cachedb_dynamodb
cachedb_local cachedb_memcached cachedb_mongodb cachedb_redis cachedb_sql call_center call_control callops
carrierroute cfgutils cgrates clusterer compression config cpl_c db_berkeley db_cachedb db_flatstore db_http
db_mysql db_oracle db_perlvdb db_postgres db_sqlite db_text db_unixodbc db_virtual dialog dialplan dispatcher
diversion dns_cache domain domainpolicy drouting emergency enum event_datagram event_flatstore event_kafka
event_rabbitmq event_routing event_sqs event_stream event_virtual event_xmlrpc example exec fraud_detection
freeswitch freeswitch_scripting gflags group h350 http2d httpd identity imc jabber janus json jsonrpc
launch_darkly ldap load_balancer lua mangler mathops maxfwd media_exchange mediaproxy mi_datagram mi_fifo
mi_html mi_http mi_script mi_xmlrpc mid_registrar mmgeoip mqueue msilo msrp_gateway msrp_relay msrp_ua
nat_traversal nathelper opentelemetry options osp path peering perl permissions pi_http pike presence
presence_callinfo presence_dfks presence_dialoginfo presence_mwi presence_reginfo presence_xcapdiff
presence_xml prometheus proto_bin proto_bins proto_hep proto_ipsec proto_msrp proto_sctp proto_smpp proto_tcp
proto_tls proto_udp proto_ws proto_wss pua pua_bla pua_dialoginfo pua_mi pua_reginfo pua_usrloc pua_xmpp
python qos qrouting rabbitmq_consumer rate_cacher ratelimit regex registrar rest_client rls rr rtp.io
rtp_relay rtpengine rtpproxy script_helper signaling sip_i sipcapture sipmsgops siprec sl sngtc snmpstats
sockets_mgm speeddial sql_cacher sqlops sst statistics status_report stir_shaken stun tcp_mgm textops tls_mgm
tls_openssl tls_wolfssl tm topology_hiding tracer trie uac uac_auth uac_redirect uac_registrant userblacklist
usrloc uuid xcap xcap_client xml xmpp
`)
