package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/dbadmin"
)

const dbUsage = `Usage: fastsips db create|migrate --url URL [-tables a,b] [-dry-run] [-q]
       fastsips db adduser --url URL [-replace] [-plain] [-realm R] user@domain [PASSWORD]
       fastsips db deluser --url URL user@domain
       fastsips db users   --url URL

create makes OpenSIPS's tables, as its version 4 has them; what is there stays. migrate
brings tables of earlier versions up to date: rows, and columns that others have added,
stay. Make a copy before. adduser adds a user of auth_db with the hashes of the password,
which is read from the standard input if it is not given.

 --url URL     sqlite:FILE, postgres://user:password@host/database or
               mysql://user:password@host/database, as in db_url
 -tables a,b   only these; all, if nothing is said
 -dry-run      print the SQL, and change nothing
 -q            print only what was done or is wrong
 -replace      set the password of a user who is there
 -plain        keep the password itself too, for auth_db's calculate_ha1 (25 characters)
 -realm R      the realm of the digest; the user's domain, if nothing is said
`

// dbOptions are those of all db commands.
type dbOptions struct {
	url, tables, realm         string
	dry, quiet, replace, plain bool
}

// dbTime bounds a command; a migration may copy millions of rows.
const dbTime = 4 * time.Hour

// runDB is the command db.
func runDB(args []string, t terminal) int {
	var o dbOptions
	f := t.flags("db", dbUsage)
	f.StringVar(&o.url, "url", "", "")
	f.StringVar(&o.tables, "tables", "", "")
	f.StringVar(&o.realm, "realm", "", "")
	f.BoolVar(&o.dry, "dry-run", false, "")
	f.BoolVar(&o.quiet, "q", false, "")
	f.BoolVar(&o.replace, "replace", false, "")
	f.BoolVar(&o.plain, "plain", false, "")
	rest, status, ok := parseArgs(f, args)
	if !ok {
		return status
	}
	work := o.command(rest)
	if work == nil {
		f.Usage()
		return exitUsage
	}
	ctx, cancel := context.WithTimeout(context.Background(), dbTime)
	defer cancel()
	d, err := dbadmin.Open(ctx, o.url)
	if err != nil {
		return t.fail(err)
	}
	defer d.Close()
	if err := work(ctx, d, t); err != nil {
		return t.fail(err)
	}
	return exitOK
}

// command returns what to do, nil if that is not clear.
func (o *dbOptions) command(words []string) func(context.Context, *dbadmin.DB, terminal) error {
	if o.url == "" || len(words) == 0 {
		return nil
	}
	switch args := words[1:]; {
	case words[0] == "create" && len(args) == 0:
		return o.create
	case words[0] == "migrate" && len(args) == 0:
		return o.migrate
	case words[0] == "users" && len(args) == 0:
		return listUsers
	case words[0] == "deluser" && len(args) == 1:
		return func(ctx context.Context, d *dbadmin.DB, t terminal) error { return deleteUser(ctx, d, args[0]) }
	case words[0] == "adduser" && (len(args) == 1 || len(args) == 2):
		return func(ctx context.Context, d *dbadmin.DB, t terminal) error { return o.addUser(ctx, d, t, args) }
	}
	return nil
}

func (o *dbOptions) options() dbadmin.Options {
	var names []string
	if o.tables != "" {
		names = strings.Split(o.tables, ",")
	}
	return dbadmin.Options{Tables: names, DryRun: o.dry}
}

func (o *dbOptions) create(ctx context.Context, d *dbadmin.DB, t terminal) error {
	list, err := d.Create(ctx, o.options())
	if err == nil {
		o.print(list, t)
	}
	return err
}

func (o *dbOptions) migrate(ctx context.Context, d *dbadmin.DB, t terminal) error {
	list, err := d.Migrate(ctx, o.options())
	o.print(list, t)
	if err == nil && len(list) == 0 {
		return errors.New("there is no table of OpenSIPS's: use fastsips db create")
	}
	return err
}

// print says what became of each table, or the SQL of a dry run.
func (o *dbOptions) print(list []dbadmin.Result, t terminal) {
	for _, r := range list {
		if o.dry {
			for _, s := range r.SQL {
				fmt.Fprintf(t.stdout, "%s;\n", s)
			}
			for _, note := range r.Notes {
				fmt.Fprintf(t.stdout, "-- %s: %s\n", r.Table.Name, note)
			}
			continue
		}
		lines := append(append([]string{}, r.Done...), r.Notes...)
		if len(lines) == 0 {
			lines = []string{"it is as it should be"}
		}
		if len(r.Done) == 0 && o.quiet {
			continue
		}
		for _, line := range lines {
			fmt.Fprintf(t.stdout, "%-16s %5d  %s\n", r.Table.Name, r.Table.Version, line)
		}
	}
}

func (o *dbOptions) addUser(ctx context.Context, d *dbadmin.DB, t terminal, args []string) error {
	u, err := dbadmin.ParseUser(args[0])
	if err != nil {
		return err
	}
	u.Realm, u.Plain = o.realm, o.plain
	if len(args) == 2 {
		u.Password = args[1]
	} else if u.Password, err = t.line(); err != nil {
		return err
	}
	return d.AddUser(ctx, u, o.replace)
}

// line reads a password.
func (t terminal) line() (string, error) {
	text, err := bufio.NewReader(t.stdin).ReadString('\n')
	if text = strings.TrimRight(text, "\r\n"); text == "" {
		return "", fmt.Errorf("no password was given: %w", errors.Join(err, errors.New("the line is empty")))
	}
	return text, nil
}

func deleteUser(ctx context.Context, d *dbadmin.DB, name string) error {
	u, err := dbadmin.ParseUser(name)
	if err != nil {
		return err
	}
	return d.DeleteUser(ctx, u)
}

func listUsers(ctx context.Context, d *dbadmin.DB, t terminal) error {
	list, err := d.Users(ctx)
	for _, u := range list {
		fmt.Fprintln(t.stdout, u)
	}
	return err
}
