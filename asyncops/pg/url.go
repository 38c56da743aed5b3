package pg

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// parseURL reads OpenSIPS's db_url for PostgreSQL, and what of it is for us.
func parseURL(cfg *Config) (*pgconn.Config, error) {
	if !strings.HasPrefix(cfg.URL, "postgres://") && !strings.HasPrefix(cfg.URL, "postgresql://") {
		return nil, errors.New(`a PostgreSQL URL begins with "postgres://"`)
	}
	conf, err := pgconn.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL URL: %w", err) // pgconn blanks the password
	}
	if err := ourParams(cfg, conf.RuntimeParams); err != nil {
		return nil, err
	}
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "fastsips"
	}
	if cfg.TLS != nil {
		demandTLS(conf, cfg.TLS)
	}
	conf.DialFunc = dialSocket
	conf.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	return conf, nil
}

// ourParams takes out what pgconn would send to the server: it knows neither.
func ourParams(cfg *Config, params map[string]string) error {
	switch v := params["pgbouncer"]; v {
	case "true", "1", "yes":
		cfg.Statements = -1
	case "", "false", "0", "no":
	default:
		return fmt.Errorf("PostgreSQL URL: pgbouncer=%s is neither true nor false", v)
	}
	delete(params, "pgbouncer")
	delete(params, "tls_domain") // Config.TLS is what became of it
	return nil
}

// demandTLS leaves no way to a server but by TLS. Fallbacks are further servers,
// and ways without TLS to the same ones.
func demandTLS(conf *pgconn.Config, config *tls.Config) {
	conf.TLSConfig = named(config, conf.Host)
	var others []*pgconn.FallbackConfig
	last := conf.Host
	for _, f := range conf.Fallbacks {
		if f.Host != last || f.Port != conf.Port {
			f.TLSConfig = named(config, f.Host)
			others = append(others, f)
		}
		last = f.Host
	}
	conf.Fallbacks = others
}

// named returns config for a server, whose certificate must have its name unless
// config says which.
func named(config *tls.Config, host string) *tls.Config {
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}
