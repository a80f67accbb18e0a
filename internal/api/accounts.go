package api

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/gate"
	"maru/internal/store"
)

func (a API) postAccount(w http.ResponseWriter, r *http.Request) error {
	var up door.SignUp
	if err := gate.Decode(w, r, &up); err != nil {
		return err
	}
	user, err := a.CreateAccount(r, up)
	if err != nil {
		return err
	}
	if err := a.StartSession(w, r, user); err != nil {
		return err
	}
	return door.Answer(w, http.StatusCreated, door.Under("user", user))
}

func (a API) postSession(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user, err := a.SignIn(r, in.Name, in.Password)
	if err != nil {
		return err
	}
	if err := a.StartSession(w, r, user); err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("user", user))
}

func (a API) getSession(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return door.Answer(w, http.StatusOK, door.Under("user", actor.User))
}

func (a API) deleteSession(w http.ResponseWriter, r *http.Request, _ chat.Actor) error {
	if err := a.EndSession(w, r); err != nil {
		return err
	}
	return door.Done(w)
}

func (a API) deleteSessions(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := a.EndSessions(w, r, actor); err != nil {
		return err
	}
	return door.Done(w)
}

func (a API) patchAccount(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		DisplayName *string `json:"display_name"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user := actor.User
	if in.DisplayName != nil {
		var err error
		if user, err = a.Rename(r, actor, *in.DisplayName); err != nil {
			return err
		}
	}
	return door.Answer(w, http.StatusOK, door.Under("user", user))
}

func (a API) putPassword(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	if err := a.ChangePassword(r, actor, in.Old, in.New); err != nil {
		return err
	}
	return door.Done(w)
}

func (a API) postToken(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Label string `json:"label"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	token, secret, err := a.MakeToken(r, actor, in.Label)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusCreated, struct {
		chat.Token
		Secret string `json:"token"`
	}{token, secret})
}

func (a API) getTokens(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	tokens, err := a.Store.Tokens(r.Context(), actor)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("tokens", tokens))
}

func (a API) deleteToken(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	id, err := door.PathID(r, "id")
	if err != nil {
		return err
	}
	if err := a.Store.WithdrawToken(r.Context(), actor, id); err != nil {
		return err
	}
	return door.Done(w)
}

func (a API) getUsers(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	q, err := door.QueryString(r, "q")
	if err != nil {
		return err
	}
	users, err := a.Store.Users(r.Context(), actor, q)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("users", users))
}

func (a API) patchUser(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	id, err := door.PathID(r, "id")
	if err != nil {
		return err
	}
	var in struct {
		Role     *chat.ServerRole `json:"role"`
		Disabled *bool            `json:"disabled"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user, err := a.Store.Govern(r.Context(), actor, id, store.UserChanges{Role: in.Role, Disabled: in.Disabled})
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("user", user))
}
