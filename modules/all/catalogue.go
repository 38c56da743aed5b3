package all

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/acc"
	"github.com/fastsips/fastsips/modules/alias_db"
	"github.com/fastsips/fastsips/modules/auth"
	"github.com/fastsips/fastsips/modules/auth_db"
	"github.com/fastsips/fastsips/modules/cachedb_local"
	"github.com/fastsips/fastsips/modules/cachedb_redis"
	"github.com/fastsips/fastsips/modules/cachedb_sql"
	"github.com/fastsips/fastsips/modules/cfgutils"
	"github.com/fastsips/fastsips/modules/compat"
	"github.com/fastsips/fastsips/modules/db_mysql"
	"github.com/fastsips/fastsips/modules/db_postgres"
	"github.com/fastsips/fastsips/modules/db_sqlite"
	"github.com/fastsips/fastsips/modules/db_text"
	"github.com/fastsips/fastsips/modules/db_virtual"
	"github.com/fastsips/fastsips/modules/domain"
	"github.com/fastsips/fastsips/modules/event_datagram"
	"github.com/fastsips/fastsips/modules/event_routing"
	"github.com/fastsips/fastsips/modules/exec"
	"github.com/fastsips/fastsips/modules/gflags"
	"github.com/fastsips/fastsips/modules/httpd"
	"github.com/fastsips/fastsips/modules/json"
	"github.com/fastsips/fastsips/modules/mathops"
	"github.com/fastsips/fastsips/modules/maxfwd"
	"github.com/fastsips/fastsips/modules/mi_datagram"
	"github.com/fastsips/fastsips/modules/mi_fifo"
	"github.com/fastsips/fastsips/modules/mi_http"
	"github.com/fastsips/fastsips/modules/nathelper"
	"github.com/fastsips/fastsips/modules/options"
	"github.com/fastsips/fastsips/modules/path"
	"github.com/fastsips/fastsips/modules/prometheus"
	"github.com/fastsips/fastsips/modules/proto_tcp"
	"github.com/fastsips/fastsips/modules/proto_udp"
	"github.com/fastsips/fastsips/modules/regex"
	"github.com/fastsips/fastsips/modules/registrar"
	"github.com/fastsips/fastsips/modules/rest_client"
	"github.com/fastsips/fastsips/modules/rr"
	"github.com/fastsips/fastsips/modules/script_helper"
	"github.com/fastsips/fastsips/modules/signaling"
	"github.com/fastsips/fastsips/modules/sipmsgops"
	"github.com/fastsips/fastsips/modules/sl"
	"github.com/fastsips/fastsips/modules/sqlops"
	"github.com/fastsips/fastsips/modules/statistics"
	"github.com/fastsips/fastsips/modules/textops"
	"github.com/fastsips/fastsips/modules/tls_mgm"
	"github.com/fastsips/fastsips/modules/tm"
	"github.com/fastsips/fastsips/modules/uac"
	"github.com/fastsips/fastsips/modules/uac_auth"
	"github.com/fastsips/fastsips/modules/usrloc"
	"github.com/fastsips/fastsips/modules/uuid"
)

// Catalogue lists every module that loadmodule can select.
var Catalogue = module.Catalogue{
	"auth":           auth.New,
	"auth_db":        auth_db.New,
	"acc":            acc.New,
	"cachedb_local":  cachedb_local.New,
	"cachedb_redis":  cachedb_redis.New,
	"cachedb_sql":    cachedb_sql.New,
	"cfgutils":       cfgutils.New,
	"db_mysql":       db_mysql.New,
	"db_postgres":    db_postgres.New,
	"db_sqlite":      db_sqlite.New,
	"db_text":        db_text.New,
	"db_virtual":     db_virtual.New,
	"event_datagram": event_datagram.New,
	"event_route":    compat.EventRoute,
	"event_routing":  event_routing.New,
	"exec":           exec.New,
	"httpd":          httpd.New,
	"maxfwd":         maxfwd.New,
	"json":           json.New,
	"mi_datagram":    mi_datagram.New,
	"mi_fifo":        mi_fifo.New,
	"mi_http":        mi_http.New,
	"path":           path.New,
	"prometheus":     prometheus.New,
	"proto_tcp":      proto_tcp.New,
	"proto_udp":      proto_udp.New,
	"regex":          regex.New,
	"registrar":      registrar.New,
	"rest_client":    rest_client.New,
	"rr":             rr.New,
	"signaling":      signaling.New,
	"sipmsgops":      sipmsgops.New,
	"sl":             sl.New,
	"statistics":     statistics.New,
	"sqlops":         sqlops.New,
	"textops":        textops.New,
	"tls_mgm":        tls_mgm.New,
	"tm":             tm.New,
	"uri":            auth_db.URI,
	"uac":            uac.New,
	"uac_auth":       uac_auth.New,
	"usrloc":         usrloc.New,

	"alias_db":  alias_db.New,
	"domain":    domain.New,
	"nathelper": nathelper.New,
	"options":   options.New,

	"gflags":        gflags.New,
	"mathops":       mathops.New,
	"script_helper": script_helper.New,
	"uuid":          uuid.New,
}
