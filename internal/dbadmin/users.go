package dbadmin

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
)

// A User is a row of the table subscriber.
type User struct {
	Name, Domain string
	Password     string
	Realm        string // of the digest; empty: Domain
	Plain        bool   // keep Password in the database too, which calculate_ha1 of auth_db wants
}

// ParseUser takes user@domain, with or without sip: in front.
func ParseUser(text string) (u User, err error) {
	u.Name, u.Domain, _ = strings.Cut(strings.TrimPrefix(text, "sip:"), "@")
	for what, s := range map[string]string{"user": u.Name, "domain": u.Domain} {
		if s == "" || len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
			return u, fmt.Errorf("%q is not user@domain: the %s has 1 to 64 characters without spaces", text, what)
		}
	}
	if strings.Contains(u.Name, ":") {
		return u, fmt.Errorf("%q: a user of digest authentication has no colon (RFC 7616 §3.4.4)", text)
	}
	return u, nil
}

// maxPlain is what the column password holds.
const maxPlain = 25

// values are what the columns name, in the order of userColumns.
func (u User) values() ([]string, error) {
	realm, plain := u.Realm, ""
	if realm == "" {
		realm = u.Domain
	}
	if u.Plain {
		if plain = u.Password; len(plain) > maxPlain {
			return nil, fmt.Errorf("a password that is kept as it is has %d characters at most", maxPlain)
		}
	}
	a1 := []byte(u.Name + ":" + realm + ":" + u.Password)
	md, s256, s512 := md5.Sum(a1), sha256.Sum256(a1), sha512.Sum512_256(a1)
	return []string{u.Name, u.Domain, plain, hex.EncodeToString(md[:]), hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:])}, nil
}

var userColumns = []string{"username", "domain", "password", "ha1", "ha1_sha256", "ha1_sha512t256"}

// AddUser adds a user, or changes the password of one that is there if replace says
// so. What is kept are the hashes of RFC 7616 and RFC 8760: MD5, SHA-256 and
// SHA-512/256 of user:realm:password.
func (d *DB) AddUser(ctx context.Context, u User, replace bool) error {
	values, err := u.values()
	if err != nil {
		return err
	}
	return d.apart(ctx, func() error {
		there, err := d.hasUser(ctx, u)
		switch {
		case err != nil:
			return err
		case !there:
			return d.exec(ctx, fmt.Sprintf("INSERT INTO subscriber (%s) VALUES (%s)", strings.Join(userColumns, ", "), strings.Join(d.marks(len(values)), ", ")), values...)
		case !replace:
			return fmt.Errorf("%s@%s is there already", u.Name, u.Domain)
		}
		set := make([]string, 0, len(values))
		for i, m := range d.marks(len(values))[2:] {
			set = append(set, userColumns[i+2]+" = "+m)
		}
		text := "UPDATE subscriber SET " + strings.Join(set, ", ") + " WHERE username = %s AND domain = %s"
		if d.mark(1) == "?" { // arguments come in the order of the text
			return d.exec(ctx, fmt.Sprintf(text, "?", "?"), append(append([]string{}, values[2:]...), values[:2]...)...)
		}
		return d.exec(ctx, fmt.Sprintf(text, d.mark(1), d.mark(2)), values...)
	})
}

func (d *DB) marks(n int) (list []string) {
	for i := range n {
		list = append(list, d.mark(i+1))
	}
	return list
}

const ofUser = " FROM subscriber WHERE username = %s AND domain = %s"

func (d *DB) hasUser(ctx context.Context, u User) (bool, error) {
	rows, err := d.query(ctx, fmt.Sprintf("SELECT username"+ofUser, d.mark(1), d.mark(2)), u.Name, u.Domain)
	return len(rows) > 0, err
}

// DeleteUser removes a user.
func (d *DB) DeleteUser(ctx context.Context, u User) error {
	there, err := d.hasUser(ctx, u)
	if err == nil && !there {
		err = fmt.Errorf("there is no user %s@%s", u.Name, u.Domain)
	}
	if err != nil {
		return err
	}
	return d.exec(ctx, fmt.Sprintf("DELETE"+ofUser, d.mark(1), d.mark(2)), u.Name, u.Domain)
}

// Users returns user@domain of all users, in order.
func (d *DB) Users(ctx context.Context) (list []string, err error) {
	rows, err := d.query(ctx, "SELECT username, domain FROM subscriber ORDER BY domain, username")
	for _, r := range rows {
		list = append(list, r[0]+"@"+r[1])
	}
	return list, err
}
