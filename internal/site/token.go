package site

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"maru/internal/chat"
)

// The algorithms that a key can have. Each key has one, and a token can't choose.
const (
	HS256 = "HS256"
	EdDSA = "EdDSA"
	ES256 = "ES256"
)

// methods check signatures.
var methods = map[string]jwt.SigningMethod{HS256: jwt.SigningMethodHS256, EdDSA: jwt.SigningMethodEdDSA, ES256: jwt.SigningMethodES256}

// verifier checks the signatures of one key.
type verifier struct {
	algorithm string
	key       any
}

// leastSecret is how many bytes a secret has at least.
const leastSecret = 32

// newVerifier reads what a key is made of: the text of a secret, or a public
// key as PEM.
func newVerifier(algorithm, material string) (v verifier, err error) {
	v.algorithm = algorithm
	switch algorithm {
	case HS256:
		// A site signs with the text of the secret as it was given it.
		if len(material) < leastSecret {
			return v, errors.New("the secret is too short")
		}
		v.key = []byte(material)
		return v, nil
	case EdDSA, ES256:
	default:
		return v, fmt.Errorf("no algorithm %q", algorithm)
	}
	block, rest := pem.Decode([]byte(strings.TrimSpace(material)))
	if block == nil || block.Type != "PUBLIC KEY" || len(rest) > 0 {
		return v, errors.New("it is not one PEM block of a public key")
	}
	if algorithm == EdDSA {
		v.key, err = jwt.ParseEdPublicKeyFromPEM([]byte(material))
	} else {
		v.key, err = jwt.ParseECPublicKeyFromPEM([]byte(material))
	}
	if err != nil {
		return v, err
	}
	switch key := v.key.(type) {
	case ed25519.PublicKey:
		return v, nil
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize == 256 && key.Curve.Params().Name == "P-256" {
			return v, nil
		}
	}
	return v, fmt.Errorf("it is no key for %s", algorithm)
}

// maxToken is how long a token may be, in bytes.
const maxToken = 8 << 10

// token is a token that was read, and not believed yet.
type token struct {
	algorithm, key string
	claims         chat.Claims
	signed         string // what the signature is of
	signature      []byte
}

// verify reports whether the signature is of the key that the token names.
func (t token) verify(v verifier) error {
	if t.algorithm != v.algorithm {
		return errors.New("alg is not the key's")
	}
	return methods[v.algorithm].Verify(t.signed, t.signature, v.key)
}

// readToken takes a token apart. It is strict about all that two readers could
// understand in two ways.
func readToken(text string) (t token, err error) {
	if len(text) > maxToken || strings.Count(text, ".") != 2 || strings.ContainsAny(text, "\r\n") { // which decoders skip
		return t, errors.New("it is no token, or too long")
	}
	head, rest, _ := strings.Cut(text, ".")
	body, signature, _ := strings.Cut(rest, ".")
	t.signed = text[:len(head)+1+len(body)]
	if t.signature, err = base64.RawURLEncoding.Strict().DecodeString(signature); err != nil {
		return t, err
	}
	if err := t.readHead(head); err != nil {
		return t, fmt.Errorf("header: %w", err)
	}
	return t, t.readClaims(body)
}

// readHead reads the header. It may hold nothing beside what is known here: no
// key or address of one, and nothing that had to be understood.
func (t *token) readHead(text string) error {
	head, err := readMembers(text)
	if err != nil {
		return err
	}
	for name := range head {
		if name != "alg" && name != "kid" && name != "typ" {
			return fmt.Errorf("an unknown member %q", name)
		}
	}
	if typ, err := head.text("typ"); err != nil || typ != "" && !strings.EqualFold(typ, "JWT") {
		return errors.New("typ is not JWT")
	}
	if t.algorithm, err = head.text("alg"); err != nil {
		return err
	}
	t.key, err = head.text("kid")
	return err
}

// readClaims reads the claims. Members that nobody here knows are left alone.
func (t *token) readClaims(text string) error {
	body, err := readMembers(text)
	if err != nil {
		return fmt.Errorf("claims: %w", err)
	}
	c := &t.claims
	for name, into := range map[string]*string{"iss": &c.Issuer, "sub": &c.Subject, "name": &c.Name, "avatar": &c.Avatar, "role": &c.Role} {
		if *into, err = body.text(name); err != nil {
			return err
		}
	}
	for name, into := range map[string]*float64{"iat": &c.Issued, "exp": &c.Expires, "nbf": &c.NotBefore} {
		if *into, err = body.number(name); err != nil {
			return err
		}
	}
	if c.Issued == 0 || c.Expires == 0 {
		return errors.New("iat or exp is missing")
	}
	if c.Audience, err = body.audience(); err != nil {
		return err
	}
	c.Rooms, err = body.texts("rooms")
	return err
}

// members are those of a JSON object, each of which stands there once.
type members map[string]json.RawMessage

func readMembers(text string) (members, error) {
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(plain) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("it is no object")
	}
	m := members{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := m[name.(string)]; twice {
			return nil, fmt.Errorf("the member %q stands there twice", name)
		}
		m[name.(string)] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is something behind the object")
	}
	return m, nil
}

// read reads a member, where it is there and is not null.
func (m members) read(name string, into any) (there bool, err error) {
	value, there := m[name]
	if !there || string(value) == "null" {
		return false, nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return true, fmt.Errorf("%s is of the wrong type", name)
	}
	return true, nil
}

func (m members) text(name string) (s string, err error) {
	_, err = m.read(name, &s)
	return s, err
}

func (m members) number(name string) (f float64, err error) {
	if _, err = m.read(name, &f); err == nil && (f < 0 || f > 1e11) {
		err = fmt.Errorf("%s is no time", name)
	}
	return f, err
}

// texts reads a list of texts; nil where it is not there.
func (m members) texts(name string) ([]string, error) {
	var list []*string
	there, err := m.read(name, &list)
	if err != nil || !there {
		return nil, err
	}
	texts := []string{}
	for _, one := range list {
		if one == nil {
			return nil, fmt.Errorf("%s holds null", name)
		}
		texts = append(texts, *one)
	}
	return texts, nil
}

// audience is one text or a list of them.
func (m members) audience() ([]string, error) {
	if list, err := m.texts("aud"); err == nil {
		return list, nil
	}
	one, err := m.text("aud")
	return []string{one}, err
}
