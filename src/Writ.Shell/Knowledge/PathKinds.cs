using System.Collections.Immutable;
using Writ.Shell.Resolving;

namespace Writ.Shell.Knowledge;

/// <summary>What the name of a file says about it. Hints for policy, not proofs: nothing here looks at a
/// disk.</summary>
public static class PathKinds
{
    // A name, or a folder with a slash behind it; `*` any text. In lower case.
    static readonly KindSet _secrets = new(
        ".env .env.* *.env .netrc _netrc .pgpass .my.cnf .npmrc .pypirc .git-credentials .dockercfg .htpasswd "
            + "credentials credentials.json credentials.yml credentials.yaml kubeconfig kubeconfig.* *.kubeconfig "
            + "shadow shadow- gshadow gshadow- sudoers environ secrets.yml secrets.yaml secrets.json secret.yml "
            + "secret.yaml secret.json secrets.toml secrets.env master.key vault-token .vault-token .s3cfg .boto "
            + "credentials.toml service-account.json service-account-*.json serviceaccount.json service_account.json "
            + "application_default_credentials.json access_tokens.db credentials.db accesstokens.json "
            + "azureprofile.json id_rsa id_ed25519 id_ecdsa id_dsa *_rsa *_ed25519 identity terraform.tfstate "
            + "terraform.tfstate.* *.tfstate *.tfvars.secret *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx "
            + "*.ppk *.asc "
            + "*.gpg .bash_history .zsh_history .python_history .psql_history .mysql_history .node_repl_history "
            + "history.txt login.keychain-db cookies.sqlite logins.json key4.db "
            + "hosts.yml config.toml.secret .ssh/ .aws/ .kube/ .gnupg/ .azure/ .gcloud/ .docker/ gcloud/ "
            + ".password-store/ .config/gh/ .config/gcloud/ .config/op/ .terraform.d/ sudoers.d/ keyrings/ "
            + "etc/ssl/private/ run/secrets/ var/run/secrets/ .mozilla/ google-chrome/ "
            + "dev/mem dev/kmem dev/kcore proc/kcore proc/*/mem dev/sd* dev/nvme* dev/vd* dev/xvd* "
            + "dev/mapper/ dev/disk/");

    static readonly KindSet _notSecrets = new(
        ".env.example .env.sample .env.template .env.dist *.pub known_hosts *.example *.sample *.template "
            + "*.dist .ssh/known_hosts .env.test.example .env.schema");

    // What other programs run, load or obey by itself.
    static readonly KindSet _planted = new(
        ".git/ .githooks/ .husky/ .bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile "
            + ".zlogin .kshrc .cshrc .login .inputrc .envrc .vimrc .exrc .nvimrc .emacs .gdbinit .lldbinit .pythonrc "
            + ".pdbrc .irbrc .pryrc .pythonstartup .gitconfig .gitattributes .gitmodules .npmrc .yarnrc "
            + ".yarnrc.yml .pypirc "
            + "pip.conf sitecustomize.py usercustomize.py conftest.py *.pth .wgetrc .curlrc .tmux.conf .screenrc "
            + ".inputrc .xinitrc .xprofile .xsession .pam_environment .rhosts .forward .mailcap .lesskey .netrc "
            + ".ssh/ .gnupg/ .config/ .local/bin/ .local/share/ .cargo/config .cargo/config.toml .aws/ .kube/ .docker/ "
            + ".claude/ .cursor/ .codex/ .gemini/ .windsurf/ .continue/ .aider.conf.yml .mcp.json mcp.json claude.md "
            + "agents.md gemini.md .cursorrules .windsurfrules copilot-instructions.md .vscode/ .idea/ .devcontainer/ "
            + ".github/workflows/ .github/actions/ .gitlab-ci.yml .circleci/ .travis.yml azure-pipelines.yml "
            + "jenkinsfile "
            + ".drone.yml bitbucket-pipelines.yml .pre-commit-config.yaml lefthook.yml "
            + ".semgrepignore .gitleaks.toml .gitleaksignore .trivyignore .snyk .bandit .hadolint.yaml .checkov.yaml "
            + "codeowners sonar-project.properties authorized_keys site-packages/ dist-packages/ crontab "
            + "cron.d/ systemd/ "
            // Other version control, which has hooks and settings like git's.
            + ".lfsconfig .hg/ .hgrc .jj/ .svn/ .sl/ "
            // Shells, and what sets the environment on entering a folder. direnv asks about .envrc only, and then reads
            // what that names.
            + ".zlogout .bash_aliases .bashrc.d/ .profile.d/ .shrc .mkshrc .tcshrc .logout .envrc.* .direnvrc .direnv/ "
            + ".autoenv .autoenv.zsh .mise.toml mise.toml .mise.*.toml mise.*.toml .mise/ .rtx.toml flake.nix "
            + "shell.nix devenv.nix devenv.yaml "
            // Editors read these when a folder or a file is opened.
            + ".devcontainer.json *.code-workspace .vs/ .zed/ .fleet/ .settings/ .theia/ .nvim/ .nvim.lua .gvimrc "
            + ".lvimrc .local.vimrc .vim/ .dir-locals.el .dir-locals-2.el .emacs.d/ .spacemacs .helix/ .kakrc "
            + "*.sublime-project .ycm_extra_conf.py .eslintrc.js .eslintrc.cjs eslint.config.* .prettierrc.js "
            + ".prettierrc.cjs .prettierrc.mjs prettier.config.* stylelint.config.* "
            // Pipelines, which run what is pushed.
            + ".github/instructions/ .github/prompts/ .github/chatmodes/ .github/agents/ .github/dependabot.yml "
            + "action.yml action.yaml *.gitlab-ci.yml .gitlab/ci/ .forgejo/ .gitea/ .woodpecker/ .woodpecker.yml "
            + ".woodpecker.yaml .buildkite/ .semaphore/ .azure-pipelines/ azure-pipelines.yaml appveyor.yml "
            + ".appveyor.yml .cirrus.yml .cirrus.star cloudbuild.yaml cloudbuild.yml buildspec.yml .teamcity/ .tekton/ "
            + ".harness/ wercker.yml .builds/ .build.yml jenkinsfile.* netlify.toml vercel.json heroku.yml procfile "
            + "render.yaml amplify.yml "
            // Hooks by other names.
            + ".lintstagedrc .lintstagedrc.* lint-staged.config.* commitlint.config.* .overcommit.yml "
            // Package managers and builds, before the code that somebody names.
            + ".pnpmfile.cjs .pnp.cjs .pnp.loader.mjs .yarn/releases/ .yarn/plugins/ binding.gyp .bundle/ .gemrc .mvn/ "
            + "gradle/wrapper/ init.gradle init.gradle.kts .sbtopts .jvmopts rust-toolchain rust-toolchain.toml "
            + ".cargo/bin/ .cargo/env directory.build.props directory.build.targets directory.build.rsp msbuild.rsp "
            + "nuget.config .terraformrc terraform.rc "
            // Interpreters and other prompts, when they start.
            + "pyvenv.cfg .ipython/ .jupyter/ .perldb .rprofile .renviron .ghci .ocamlinit .sbclrc .iex.exs .erlang "
            + ".octaverc .psqlrc .sqliterc .mongorc.js .mongoshrc.js "
            // Timers and log-ins.
            + "cron.daily/ cron.hourly/ cron.weekly/ cron.monthly/ anacrontab spool/cron/ launchagents/ launchdaemons/ "
            // Assistants.
            + ".clinerules .clinerules/ .roo/ .roomodes .junie/ .kiro/ .amazonq/ .opencode/ opencode.json .goosehints "
            + ".augment/ .trae/ .qwen/ qwen.md .crush/ crush.json .openhands/ .aiassistant/ .agents/");

    // Folders that a build makes again.
    static readonly KindSet _rebuilt = new(
        "node_modules dist build out bin obj target coverage .next .nuxt .cache .pytest_cache __pycache__ "
            + ".mypy_cache .ruff_cache .tox .nox .venv venv .gradle .parcel-cache .turbo .svelte-kit .angular "
            + "htmlcov tmp temp .tmp logs log artifacts _build .eggs *.egg-info deriveddata pods .terraform "
            + ".vite .vitest .nyc_output storybook-static public/build .output .serverless cmake-build-* "
            + "test-results playwright-report reports .dart_tool elm-stuff bower_components vendor/bundle");

    public static bool LooksSecret(string path) => _secrets.Has(path) && !_notSecrets.Has(path);

    /// <summary>True for what other programs run, load or obey without being told to.</summary>
    public static bool IsPlanted(string path) => _planted.Has(path);

    // Files that come and go.
    static readonly KindSet _passing = new(
        "*.log *.tmp *.temp *.o *.obj *.pyc *.pyo *.class *.swp *.swo *.bak *.orig *.rej *~ *.pid *.out "
            + "*.cache");

    static readonly KindSet _data = new(
        "*.db *.sqlite *.sqlite3 *.mdb *.ldb *.dump *.sql *.parquet *.rdb *.aof *.ibd *.frm *.mdf *.ldf "
            + "*.csv *.jsonl "
            + "*.avro *.orc *.h5 *.feather *.tar *.tgz *.tar.gz *.zip *.bak.gz *.pcap");

    /// <summary>True for files that come and go: logs, objects, backups of editors.</summary>
    public static bool IsPassing(string path) => _passing.Has(path);

    /// <summary>True for files of data, which nothing makes again.</summary>
    public static bool IsData(string path) => _data.Has(path);

    static readonly KindSet _inRebuilt = new(string.Join(' ', _rebuilt.Kinds.Select(r => r + "/")));

    /// <summary>True for a folder that a build makes again, and for what is in it.</summary>
    public static bool IsRebuilt(string path) => _rebuilt.Has(path) || _inRebuilt.Has(path);

    // Words in a pattern that somebody who looks for secrets writes.
    static readonly ImmutableArray<string> _sought =
    [
        .. ("secret credential passw token id_rsa id_dsa id_ed id_ecdsa id_* id_? private shadow .env netrc kdbx "
            + "wallet keystore htpasswd .aws .ssh .kube .gnupg _rsa pgpass kubeconfig tfstate api_key apikey keychain")
            .Split(' '),
    ];

    /// <summary>True for a pattern of names by which secrets are looked for.</summary>
    public static bool SeeksSecret(string pattern)
    {
        var lower = pattern.ToLowerInvariant();
        return LooksSecret(pattern) || _sought.Any(s => lower.Contains(s, StringComparison.Ordinal));
    }

    static readonly ImmutableHashSet<string> _plainKinds =
        [.. "json yml yaml toml txt md xml csv db log sql ini cfg conf properties js ts sh lock dist html".Split(' ')];

    // `*.json`: what has this ending is much else than secrets.
    static bool IsOfPlainKind(string name) => name.StartsWith("*.", StringComparison.Ordinal)
        && _plainKinds.Contains(name[2..]);

    /// <summary>True when a pattern of names, as a shell reads it, may name a secret.</summary>
    public static bool MayNameSecret(string pattern)
    {
        var name = pattern[(pattern.LastIndexOf('/') + 1)..].ToLowerInvariant();
        // All files below a folder: as reading the folder is.
        if (name == "**")
            return LooksSecret(pattern[..^2].TrimEnd('/'));
        if (IsOfPlainKind(name))
            return LooksSecret(pattern) || LooksSecret(pattern[..^name.Length] + "x");
        // A set or a class is any one character.
        var loose = Loosened(name);
        return LooksSecret(pattern)
            || _plainSecrets.Any(s => (s[0] != '.' || name is not ['*', ..]) && GlobText.IsMatch(loose, s))
            || (pattern.Length > name.Length && LooksSecret(Loosened(pattern[..^name.Length]) + "x"))
            || (pattern[..^name.Length].AsSpan().IndexOfAny("*?[") >= 0
                && _secretFolders.Any(f => pattern[..^name.Length].Split('/').Any(
                    part => part.Length > 0 && part.AsSpan().IndexOfAny("*?[") >= 0 && part[0] != '*'
                        && GlobText.IsMatch(Loosened(part.ToLowerInvariant()), f))));
    }

    static readonly ImmutableArray<string> _plainSecrets =
        [.. _secrets.Kinds.Where(s => !s.Contains('*') && !s.EndsWith('/')), "server.pem", "server.key", ".env.local"];

    static readonly ImmutableArray<string> _secretFolders =
        [".ssh", ".aws", ".kube", ".gnupg", ".azure", ".gcloud", ".docker", ".env"];

    static string Loosened(string pattern)
    {
        if (!pattern.Contains('['))
            return pattern;
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            var end = pattern[i] == '[' ? pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)) : -1;
            text.Append(end < 0 ? pattern[i] : '?');
            i = end < 0 ? i : end;
        }
        return text.ToString();
    }
}
