"""Who may do what: keys with scopes, how often, and what they wrote."""
