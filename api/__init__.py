"""HTTP: routes, authentication, error shape."""
