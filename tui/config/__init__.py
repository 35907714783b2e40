"""The configuration: schema, load and merge, trust, check, comment-preserving edit."""
