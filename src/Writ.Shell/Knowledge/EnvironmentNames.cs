using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>Variables of the environment. To most programs some of them are code, so what may be handed to a program
/// is a list of what is known to be harmless.</summary>
public static class EnvironmentNames
{
    static readonly ImmutableHashSet<string> _harmless =
    [
        .. ("LANG LANGUAGE TZ NO_COLOR CI FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLUMNS LINES TERM COLORTERM "
            + "DEBUG VERBOSE "
            + "NODE_ENV APP_ENV RAILS_ENV RACK_ENV FLASK_ENV ENVIRONMENT RUST_BACKTRACE RUST_LOG CARGO_TERM_COLOR "
            + "PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PYTHONIOENCODING PYTHONUTF8 GOOS GOARCH GOARM "
            + "CGO_ENABLED GOMAXPROCS PORT LOG_LEVEL LOGLEVEL GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS "
            + "DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_NOLOGO MSBUILDDISABLENODEREUSE HUSKY OMP_NUM_THREADS "
            + "SOURCE_DATE_EPOCH")
            .Split(' '),
    ];

    static readonly ImmutableHashSet<string> _secretParts =
    [
        .. ("TOKEN TOKENS SECRET SECRETS PASSWORD PASSWORDS PASSWD PASSPHRASE PASS PWD CREDENTIAL CREDENTIALS APIKEY "
            + "PGPASSWORD KEY KEYS PAT COOKIE JWT").Split(' '),
    ];

    // Where a secret is, whose it is, how long it lasts: not the secret.
    static readonly ImmutableHashSet<string> _aboutSecrets =
        [.. "PATH FILE DIR ID NAME URL URI HOST TYPE LENGTH COUNT SOCK TTL EXPIRY".Split(' ')];

    // They hold a directory, or where an agent listens.
    static readonly ImmutableHashSet<string> _secretLookalikes = ["PWD", "OLDPWD", "key", "keys", "pass", "pat"];

    // Of the shell or of programs: set anywhere in a line they change what runs.
    static readonly ImmutableArray<string> _telling =
    [
        .. ("PATH LD_* DYLD_* BASH_ENV ENV PS0 PS1 PS2 PS4 PROMPT_COMMAND IFS SHELLOPTS BASHOPTS BASH_FUNC_* "
            + "BASH_LOADABLES_PATH "
            + "BASH_XTRACEFD CDPATH GLOBIGNORE FIGNORE HIST* HOME TMOUT CLAUDE* SHELL EXECIGNORE GIT_* PAGER "
            + "MANPAGER LESS LESSOPEN LESSCLOSE "
            + "EDITOR VISUAL BROWSER FCEDIT PYTHON* NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_* "
            + "PERL* RUBY* GEM_* BUNDLE_* "
            + "JAVA_* _JAVA_* JDK_* MAVEN_* GRADLE_* RUSTC* CARGO_* GOFLAGS GOPROXY GOPATH GOROOT GOTOOLCHAIN "
            + "MAKEFLAGS MAKEFILES "
            + "MAKE SHELLCHECK_OPTS npm_config_* NPM_CONFIG_* YARN_* PIP_* UV_* POETRY_* DOCKER_* CONTAINER_* "
            + "BUILDKIT_* KUBECONFIG "
            + "HELM_* TF_* AWS_* AZURE_* GOOGLE_* CLOUDSDK_* SSH_* GPG_* GNUPGHOME *_PROXY *_proxy SSL_* "
            + "CURL_* REQUESTS_* "
            + "XDG_* TMPDIR TERMINFO NLSPATH LOCPATH LOCALDOMAIN HOSTALIASES RESOLV_HOST_CONF GCONV_PATH "
            + "MALLOC_* CC CXX "
            + "CFLAGS LDFLAGS LUA_* PHP* TAR_OPTIONS GREP_OPTIONS RSYNC_RSH RSYNC_* CVS_RSH SVN_* PGPASSFILE "
            + "PGSERVICEFILE PSQL* PG* "
            + "MYSQL_* REDISCLI_* OPENSSL_* DOTNET_* COREHOST_* CORECLR_* COMPlus_* MSBuild* ZIPOPT ZIP UNZIP "
            + "GZIP XZ_* "
            + "INPUTRC READLINE_LINE MAIL MAILPATH TIMEFORMAT SUDO_* DBUS_* DISPLAY WAYLAND_* QT_* GTK_* FPATH ZDOTDIR")
            .Split(' '),
    ];

    /// <summary>True when a program may be given it.</summary>
    public static bool IsHarmless(string name, string? value) =>
        // A program that shows text, or does nothing, in the place of one that does.
        (name.EndsWith("PAGER", StringComparison.Ordinal) && value is "cat" or "less" or "")
        || (name is "GIT_EDITOR" or "EDITOR" or "VISUAL" or "GIT_SEQUENCE_EDITOR" && value is "true" or ":" or "cat")
        || (_harmless.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal))
            && value is not null && IsPlain(value);

    /// <summary>True for a value that names no file outside of where such values are looked up.</summary>
    public static bool IsPlain(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || "_.,+-@=/* ".Contains(c, StringComparison.Ordinal))
            && !value.StartsWith('/') && !value.Contains("..", StringComparison.Ordinal);

    /// <summary>True for names by which programs are given what lets them in. A hint, as a file's name is.</summary>
    public static bool IsSecret(string name)
    {
        var parts = name.ToUpperInvariant().Split('_');
        return parts.Any(_secretParts.Contains) && !_aboutSecrets.Contains(parts[^1])
            && !_secretLookalikes.Contains(name);
    }

    /// <summary>True when setting it for the shell alone already changes what later words mean or run.</summary>
    public static bool IsTelling(string name) => _telling.Any(t => GlobText.IsMatch(t, name));
}
