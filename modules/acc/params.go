package acc

import (
	"fmt"
	"strings"
	"time"

	"github.com/fastsips/fastsips/module"
)

// parameters are what modparam sets.
type parameters struct {
	earlyMedia, reportCancels, detectDirection bool
	logLevel                                   int
	facility                                   int // -1: as other lines
	extra, leg                                 fields

	dbURL, tableAcc, tableMissed string
	names                        columnNames

	spillDir             string
	spillSize, queueSize int
	spillSync            int
	lifetime             time.Duration
	maxCalls             int
}

// columnNames are those that rows of both tables have.
type columnNames struct{ method, fromTag, toTag, callID, code, reason, time string }

func (m *parameters) declare(p *module.Params) {
	p.Bool(&m.earlyMedia, "early_media", false, "account provisional responses with a body too")
	p.Bool(&m.reportCancels, "report_cancels", false, "account CANCELs too")
	p.Bool(&m.detectDirection, "detect_direction", false, "swap the tags of requests from callee to caller, so that they stand as in the one that began the dialog; needs append_fromtag of rr")
	p.IntRange(&m.logLevel, "log_level", 2, -3, 4, "level of the lines in the log")
	m.facility = -1
	p.Func("log_facility", "facility of the lines in the system's log, LOG_LOCAL0 and so on; that of other lines if it is not set", m.setFacility)
	p.Ignored("aaa_url", noAAA)
	p.Ignored("service_type", noAAA)
	p.Func("extra_fields", `further values of records: "log: tag -> name; tag2", likewise for db and evi; the script sets $acc_extra(tag)`, m.extra.declare)
	p.Func("leg_fields", "the same for values of which each leg of a call has its own: $acc_leg(tag)", m.leg.declare)
	p.String(&m.dbURL, "db_url", "", "database that rows are written to; db_default_url if it is not set")
	m.name(p, &m.tableAcc, "db_table_acc", "acc", "table of answered transactions and calls, version 7")
	m.name(p, &m.tableMissed, "db_table_missed_calls", "missed_calls", "table of missed calls, version 5")
	p.Ignored("db_table_avp", "the third argument of do_accounting() names the table")
	m.name(p, &m.names.method, "acc_method_column", "method", "column of the method")
	m.name(p, &m.names.fromTag, "acc_from_tag_column", "from_tag", "column of the From tag")
	m.name(p, &m.names.toTag, "acc_to_tag_column", "to_tag", "column of the To tag")
	m.name(p, &m.names.callID, "acc_callid_column", "callid", "column of the Call-ID")
	m.name(p, &m.names.code, "acc_sip_code_column", "sip_code", "column of the status, a string")
	m.name(p, &m.names.reason, "acc_sip_reason_column", "sip_reason", "column of the reason phrase")
	m.name(p, &m.names.time, "acc_time_column", "time", "column of the time of the reply")
	m.own(p)
}

// own declares what OpenSIPS does not have.
func (m *parameters) own(p *module.Params) {
	p.String(&m.spillDir, "spill_dir", "", "folder for rows that are not in the database yet, so that they outlive a kill -9; made if need be, and for one process only; without it rows are in memory only")
	p.IntRange(&m.spillSize, "spill_size", 256, 1, 1<<20, "megabytes that the folder may have")
	p.Choice(&m.spillSync, "spill_sync", "when rows are on the disk, and so outlive a power failure", "second", "always", "never")
	p.IntRange(&m.queueSize, "queue_size", 100000, 100, 10000000, "rows that wait in memory; those beyond are in spill_dir only, and lost without one")
	p.SecondsFrom(&m.lifetime, "cdr_lifetime", defaultLifetime, time.Second, "seconds after which a call without BYE gets its CDR")
	p.IntRange(&m.maxCalls, "cdr_calls", 1000000, 1, 100000000, "calls that may be waiting for their CDR; those beyond are accounted when they are answered, without durations")
}

// name declares the name of a table or a column.
func (m *parameters) name(p *module.Params, v *string, param, def, doc string) {
	*v = def
	p.Func(param, doc+"; "+def+" if it is not set", func(s string) error {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool {
			return r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			return fmt.Errorf("%q is no name", s)
		}
		*v = s
		return nil
	})
}

func (m *parameters) setFacility(name string) error {
	n, ok := module.LogFacility(name)
	if !ok {
		return fmt.Errorf("%q is no facility of the system's log", name)
	}
	m.facility = n
	return nil
}
