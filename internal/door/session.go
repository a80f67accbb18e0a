package door

import (
	"net/http"
	"slices"
	"strings"

	"maru/internal/chat"
	"maru/internal/gate"
	"maru/internal/site"
	"maru/internal/store"
)

// cookieName is the session cookie's. With the prefix __Host- a browser takes
// it over HTTPS alone, and from this very host.
func (d *Door) cookieName(r *http.Request) string {
	if d.Options.Secure(r) {
		return "__Host-maru"
	}
	return "maru"
}

var signInFirst = chat.Refuse(chat.Unauthenticated, "sign_in_first")

// Actor returns who a request acts for: a reader, where it has no credentials and
// comes from a site at which anybody may read. A bad Bearer token is refused: it
// is never made good by a cookie.
func (d *Door) Actor(r *http.Request) (chat.Actor, error) {
	if auth, ok := r.Header["Authorization"]; ok {
		scheme, token, _ := strings.Cut(auth[0], " ")
		if len(auth) != 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return chat.Actor{}, signInFirst
		}
		return d.bearer(r, token)
	}
	cookie, err := r.Cookie(d.cookieName(r))
	if err == nil && cookie.Value != "" {
		return d.Store.ActorOfSession(r.Context(), chat.HashSecret(cookie.Value))
	}
	from, err := d.Site(r)
	if err != nil {
		return chat.Actor{}, err
	}
	if from == nil {
		return chat.Actor{}, signInFirst
	}
	return from.Reader()
}

// bearer returns whom a Bearer token stands for. What a site has given is good at
// that site's origins, and where no other page can be asking.
func (d *Door) bearer(r *http.Request, token string) (actor chat.Actor, err error) {
	var of *site.Site
	switch {
	case site.IsToken(token):
		actor, of, err = d.Sites.Bearer(r.Context(), token)
	case site.IsGuest(token):
		actor, of, err = d.Sites.Guest(r.Context(), token)
	default:
		return d.Store.ActorOfToken(r.Context(), chat.HashSecret(token))
	}
	if err != nil {
		return chat.Actor{}, err
	}
	if origin, ok := r.Header["Origin"]; ok && !d.Options.Own(r) && (len(origin) != 1 || !slices.Contains(of.Origins, origin[0])) {
		return chat.Actor{}, chat.Refuse(chat.Forbidden, "cross_site")
	}
	return d.Store.ActorBy(r.Context(), actor)
}

// StartSession gives the browser a new session of user. The one that it had is
// ended; a value that the browser brings is never adopted.
func (d *Door) StartSession(w http.ResponseWriter, r *http.Request, user chat.User) error {
	var replaced string
	if old, err := r.Cookie(d.cookieName(r)); err == nil {
		replaced = chat.HashSecret(old.Value)
	}
	secret := chat.NewSecret()
	if err := d.Store.OpenSession(r.Context(), user.ID, chat.HashSecret(secret), replaced); err != nil {
		return err
	}
	d.setCookie(w, r, secret, int(store.SessionLife.Seconds()))
	return nil
}

func (d *Door) setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: d.cookieName(r), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: d.Options.Secure(r), SameSite: http.SameSiteLaxMode,
	})
}

// EndSession ends the session that a request came with.
func (d *Door) EndSession(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(d.cookieName(r)); err == nil {
		if err := d.Store.CloseSession(r.Context(), chat.HashSecret(cookie.Value)); err != nil {
			return err
		}
	}
	d.setCookie(w, r, "", -1)
	return nil
}

// EndSessions ends all sessions of the actor, this browser's too.
func (d *Door) EndSessions(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := d.Store.CloseSessions(r.Context(), actor); err != nil {
		return err
	}
	d.setCookie(w, r, "", -1)
	return nil
}

// SignIn checks a name and a password. It takes the same time and answers the
// same whether the name or the password is wrong.
func (d *Door) SignIn(r *http.Request, name, password string) (chat.User, error) {
	if !wellFormed(name) {
		name = "" // which is nobody's either
	}
	key := chat.NameKey(name)
	var user chat.User
	err := d.gates.hashing.Do(r.Context(), func() error {
		if err := d.gates.tries.Allowed(key); err != nil {
			return err
		}
		found, phc, err := d.Store.PasswordOf(r.Context(), name)
		if err != nil {
			return err
		}
		if !chat.VerifyPassword(phc, password) {
			d.gates.tries.Failed(key)
			return chat.Refuse(chat.Unauthenticated, "wrong_password")
		}
		d.gates.tries.Succeeded(key)
		user = found
		return nil
	})
	return user, err
}

// SignUp is what somebody fills in to get an account.
type SignUp struct {
	Name        string  `json:"name"`
	Password    string  `json:"password"`
	DisplayName *string `json:"display_name"`
	Setup       *string `json:"setup"` // the code of a set-up or invitation link
}

// CreateAccount makes an account, of a guest who asks for it with his token. All
// that can be refused cheaply is refused before the password is hashed.
func (d *Door) CreateAccount(r *http.Request, up SignUp) (chat.User, error) {
	guest, err := d.guest(r)
	if err != nil {
		return chat.User{}, err
	}
	if up.DisplayName == nil && guest.ID != 0 {
		up.DisplayName = &guest.DisplayName
	}
	name, err := chat.CheckName(up.Name)
	if err != nil {
		return chat.User{}, err
	}
	display, err := chat.CheckDisplayName(Given(up.DisplayName), name)
	if err != nil {
		return chat.User{}, err
	}
	if err := chat.CheckPassword("password", up.Password); err != nil {
		return chat.User{}, err
	}
	if err := d.gates.signUps.Take(gate.Address(r), "sign_up_rate"); err != nil {
		return chat.User{}, err
	}
	asked := store.SignUp{
		Name: name, DisplayName: display, Code: Given(up.Setup),
		Open:    d.Options.Registration == RegistrationOpen,
		Invites: d.Options.Registration == RegistrationInvite,
		AtHome:  d.Options.AtHome(r),
		Guest:   guest.ID,
	}
	err = d.gates.hashing.Do(r.Context(), func() error {
		asked.Password = chat.HashPassword(up.Password)
		return nil
	})
	if err != nil {
		return chat.User{}, err
	}
	return d.Store.CreateAccount(r.Context(), asked)
}

// ChangePassword gives the actor another password, which ends all sessions but
// the one that asks.
func (d *Door) ChangePassword(r *http.Request, actor chat.Actor, old, fresh string) error {
	if err := chat.CheckPassword("new", fresh); err != nil {
		return err
	}
	if _, err := d.SignIn(r, actor.Name, old); err != nil {
		if chat.KindOf(err) == chat.Unauthenticated {
			return chat.Refuse(chat.Forbidden, "wrong_old_password")
		}
		return err
	}
	var phc string
	err := d.gates.hashing.Do(r.Context(), func() error {
		phc = chat.HashPassword(fresh)
		return nil
	})
	if err != nil {
		return err
	}
	return d.Store.ChangePassword(r.Context(), actor, phc)
}
