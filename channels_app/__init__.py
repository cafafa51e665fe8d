"""Who and what: profiles, channels, videos, uploads and frames. Knows nothing of painting."""
