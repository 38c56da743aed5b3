package mysql

import (
	"database/sql/driver"

	mysql "github.com/go-sql-driver/mysql"
)

// Connector connects to the database of a configuration for those who may wait:
// database/sql makes what it needs of it.
func Connector(cfg Config) (driver.Connector, error) {
	cfg = cfg.withDefaults()
	dsn, err := dsnOf(&cfg)
	if err != nil {
		return nil, err
	}
	return mysql.NewConnector(dsn)
}
