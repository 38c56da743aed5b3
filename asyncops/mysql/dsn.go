package mysql

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// sockets are where servers on this machine listen, for the host "localhost".
var sockets = []string{"/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock", "/tmp/mysql.sock"}

// dsnOf makes the driver's configuration of OpenSIPS's URL.
func dsnOf(cfg *Config) (*driver.Config, error) {
	u := cfg.URL
	dsn := driver.NewConfig()
	dsn.User, dsn.Passwd, dsn.DBName = u.User, u.Password, u.Database
	dsn.Net, dsn.Addr = address(u.Host, u.Port, sockets)
	dsn.Timeout = cfg.ConnectTimeout
	dsn.Logger = &driver.NopLogger{} // errors are told by those who get them
	dsn.MaxAllowedPacket = 64 << 20
	dsn.DialFunc = dial
	if dsn.DBName == "" {
		return nil, fmt.Errorf("%s names no database", u)
	}
	if err := params(dsn, u.Params); err != nil {
		return nil, fmt.Errorf("%s: %w", u, err)
	}
	if cfg.TLS != nil {
		dsn.TLS = cfg.TLS.Clone()
		if dsn.TLS.ServerName == "" {
			dsn.TLS.ServerName = u.Host
		}
	}
	return dsn, nil
}

// address is where to connect. As in MySQL's own library, "localhost" without a port
// is the server on this machine by its Unix socket, if there is one.
func address(host string, port uint16, sockets []string) (network, addr string) {
	if (host == "localhost" || host == "") && port == 0 {
		for _, path := range sockets {
			if _, err := os.Stat(path); err == nil {
				return "unix", path
			}
		}
	}
	if host == "" {
		host = "localhost"
	}
	if port == 0 {
		port = 3306
	}
	return "tcp", net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// params takes what a URL may have behind its question mark.
func params(dsn *driver.Config, text string) error {
	for p := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(p, "=")
		switch name {
		case "", "tls_domain": // Config.TLS is what became of it
		case "charset":
			if err := dsn.Apply(driver.Charset(value, "")); err != nil {
				return err
			}
		case "tls":
			switch value {
			case "true":
				host, _, _ := net.SplitHostPort(dsn.Addr) // a socket has none
				dsn.TLS = &tls.Config{ServerName: host}
			case "skip-verify":
				dsn.TLS = &tls.Config{InsecureSkipVerify: true}
			case "false":
			default:
				return fmt.Errorf("tls=%s is not true, skip-verify or false", value)
			}
		default:
			return fmt.Errorf("unknown parameter %q; there are tls_domain, tls and charset", name)
		}
	}
	return nil
}

func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 5 * time.Second, Count: 3}}
	return d.DialContext(ctx, network, addr)
}
