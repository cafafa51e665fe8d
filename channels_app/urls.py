"""Addresses of people, channels, videos and their files."""

from __future__ import annotations

from django.contrib.auth import views as auth
from django.urls import path

from channels_app.forms.accounts import LogInForm
from channels_app.views import accounts, channels, files, home, notices, pictures, videos

urlpatterns = [
    path("", home.home, name="home"),
    path("accounts/signup/", accounts.signup, name="signup"),
    path(
        "accounts/login/",
        auth.LoginView.as_view(
            template_name="accounts/login.html", form_class=LogInForm, redirect_authenticated_user=True
        ),
        name="login",
    ),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "accounts/password/",
        auth.PasswordChangeView.as_view(template_name="accounts/password_change.html"),
        name="password_change",
    ),
    path(
        "accounts/password/done/",
        auth.PasswordChangeDoneView.as_view(template_name="accounts/password_change_done.html"),
        name="password_change_done",
    ),
    path("profile/", accounts.profile, name="profile"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<uuid:pk>/open/", notices.notice_open, name="notice_open"),
    path("channels/new/", channels.channel_new, name="channel_new"),
    path("channels/<uuid:pk>/", channels.channel, name="channel"),
    path("channels/<uuid:pk>/edit/", channels.channel_edit, name="channel_edit"),
    path("channels/<uuid:pk>/publish/", channels.channel_publish, name="channel_publish"),
    path("channels/<uuid:pk>/delete/", channels.channel_delete, name="channel_delete"),
    path("channels/<uuid:pk>/upload/", videos.video_upload, name="video_upload"),
    path("videos/<uuid:pk>/", videos.video, name="video"),
    path("videos/<uuid:pk>/edit/", videos.video_edit, name="video_edit"),
    path("videos/<uuid:pk>/status/", videos.video_status, name="video_status"),
    path("videos/<uuid:pk>/retry/", videos.video_retry, name="video_retry"),
    path("videos/<uuid:pk>/publish/", videos.video_publish, name="video_publish"),
    path("videos/<uuid:pk>/delete/", videos.video_delete, name="video_delete"),
    path("videos/<uuid:pk>/file/", files.video_file, name="video_file"),
    path("frames/<uuid:pk>/use/", pictures.frame_use, name="frame_use"),
    path("frames/<uuid:pk>/file/", files.frame_file, name="frame_file"),
    path("pictures/<uuid:pk>/restore/", pictures.picture_restore, name="picture_restore"),
    path("pictures/<uuid:pk>/file/", files.picture_file, name="picture_file"),
]
