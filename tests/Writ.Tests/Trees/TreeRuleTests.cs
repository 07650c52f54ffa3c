using System.Collections.Immutable;
using Writ.Trees;

namespace Writ.Tests.Trees;

/// <summary>The rules about changes of a tree, without any tree.</summary>
public sealed class TreeRuleTests
{
    static readonly TreeEntry File = new(EntryKind.File, 0x1A4, 1, "f", null);
    static readonly TreeEntry Other = new(EntryKind.File, 0x1A4, 1, "o", null);
    static readonly TreeEntry Folder = new(EntryKind.Directory, 0x1ED, 0, null, null);

    [Theory]
    [InlineData(".git/hooks/pre-commit", true)]
    [InlineData(".git/config", true)]
    [InlineData("sub/.git/config.worktree", true)]
    [InlineData(".git/info/attributes", true)]
    [InlineData(".git/modules/x/hooks/post-checkout", true)]
    [InlineData(".git/commondir", true)]
    [InlineData(".GIT/hooks/x", true)]
    [InlineData(".git", true)]
    [InlineData(".github/workflows/build.yml", true)]
    [InlineData("deep/.github/workflows/build.yml", true)]
    [InlineData(".gitlab-ci.yml", true)]
    [InlineData("Jenkinsfile", true)]
    [InlineData(".circleci/config.yml", true)]
    [InlineData(".envrc", true)]
    [InlineData(".bashrc", true)]
    [InlineData("home/.zshenv", true)]
    [InlineData(".vscode/tasks.json", true)]
    [InlineData(".idea/workspace.xml", true)]
    [InlineData(".claude/settings.json", true)]
    [InlineData(".mcp.json", true)]
    [InlineData(".husky/pre-push", true)]
    [InlineData(".devcontainer/devcontainer.json", true)]
    [InlineData(".gitattributes", true)]
    [InlineData("sub/.gitattributes", true)]
    [InlineData(".gitmodules", true)]
    [InlineData(".lfsconfig", true)]
    [InlineData(".git/hooks", true)]
    [InlineData(".git/rebase-merge/git-rebase-todo", true)]
    [InlineData(".git/worktrees/a/config.worktree", true)]
    [InlineData(".hg/hgrc", true)]
    [InlineData(".githooks/pre-push", true)]
    [InlineData("lefthook.yml", true)]
    [InlineData(".lintstagedrc.json", true)]
    [InlineData(".npmrc", true)]
    [InlineData(".yarnrc.yml", true)]
    [InlineData(".yarn/releases/yarn-4.cjs", true)]
    [InlineData(".pnpmfile.cjs", true)]
    [InlineData(".pnp.cjs", true)]
    [InlineData("native/binding.gyp", true)]
    [InlineData(".envrc.local", true)]
    [InlineData(".mise.toml", true)]
    [InlineData("flake.nix", true)]
    [InlineData(".zprofile", true)]
    [InlineData(".zlogout", true)]
    [InlineData(".bashrc.d/x.sh", true)]
    [InlineData("crontab", true)]
    [InlineData("etc/cron.daily/x", true)]
    [InlineData(".config/systemd/user/x.timer", true)]
    [InlineData(".config/autostart/x.desktop", true)]
    [InlineData("lib/python3.11/site-packages/a.py", true)]
    [InlineData("evil.pth", true)]
    [InlineData("sitecustomize.py", true)]
    [InlineData("usercustomize.py", true)]
    [InlineData("tests/conftest.py", true)]
    [InlineData(".venv/pyvenv.cfg", true)]
    [InlineData(".Rprofile", true)]
    [InlineData(".ghci", true)]
    [InlineData(".psqlrc", true)]
    [InlineData("Directory.Build.targets", true)]
    [InlineData("src/Directory.Build.props", true)]
    [InlineData(".mvn/extensions.xml", true)]
    [InlineData("gradle/wrapper/gradle-wrapper.jar", true)]
    [InlineData(".cargo/config.toml", true)]
    [InlineData("rust-toolchain.toml", true)]
    [InlineData("app.code-workspace", true)]
    [InlineData(".devcontainer.json", true)]
    [InlineData(".zed/tasks.json", true)]
    [InlineData(".exrc", true)]
    [InlineData(".nvim.lua", true)]
    [InlineData(".dir-locals.el", true)]
    [InlineData("eslint.config.mjs", true)]
    [InlineData(".gdbinit", true)]
    [InlineData(".buildkite/pipeline.yml", true)]
    [InlineData(".woodpecker.yml", true)]
    [InlineData(".gitea/workflows/x.yaml", true)]
    [InlineData("action.yml", true)]
    [InlineData("azure-pipelines.yml", true)]
    [InlineData(".cirrus.yml", true)]
    [InlineData("cloudbuild.yaml", true)]
    [InlineData(".github/dependabot.yml", true)]
    [InlineData("AGENTS.md", true)]
    [InlineData(".clinerules", true)]
    [InlineData("opencode.json", true)]
    [InlineData("package-lock.json", false)]
    [InlineData("setup.py", false)]
    [InlineData("config/crontab.txt", false)]
    [InlineData(".gitignore", false)]
    [InlineData(".git/info", true)]
    [InlineData(".git/objects/ab/cdef", false)]
    [InlineData(".git/refs/heads/main", false)]
    [InlineData(".git/index", false)]
    [InlineData(".git/HEAD", false)]
    [InlineData(".git/logs/HEAD", false)]
    [InlineData(".git/info/exclude", false)]
    [InlineData("src/main.c", false)]
    [InlineData("Makefile", false)]
    [InlineData("docs/github/workflows.md", false)]
    [InlineData("vscode/settings.json", false)]
    public void What_executes_later(string path, bool applies) =>
        Assert.Equal(applies, LaterExecution.Applies(path, EntryKind.File));

    [Theory]
    [InlineData("config", true)]
    [InlineData("hooks/update", true)]
    [InlineData("info/attributes", true)]
    [InlineData("commondir", true)]
    [InlineData("HEAD", false)]
    [InlineData("objects/pack/x.pack", false)]
    [InlineData("refs/heads/main", false)]
    [InlineData("info/exclude", false)]
    public void What_git_obeys_in_a_repository_of_any_name(string inside, bool applies) =>
        Assert.Equal(applies, LaterExecution.InRepository(inside, EntryKind.File) is not null);

    [Theory]
    [InlineData("HEAD objects refs", true)]
    [InlineData("HEAD objects refs config", true)]
    [InlineData("HEAD objects", false)]
    [InlineData("config hooks", false)]
    public void A_repository_is_told_by_what_is_in_it(string names, bool isOne) =>
        Assert.Equal(isOne, LaterExecution.IsRepository(names.Split(' ').Contains));

    [Theory]
    [InlineData(null, """{"scripts":{"test":"x"}}""", false)]
    [InlineData(null, """{"scripts":{"postinstall":"x"}}""", true)]
    [InlineData("""{"scripts":{"prepare":"a"}}""", """{"scripts":{"prepare":"a"},"version":"2"}""", false)]
    [InlineData("""{"scripts":{"prepare":"a"}}""", """{"scripts":{"prepare":"b"}}""", true)]
    [InlineData("""{"scripts":{"install":"a"}}""", """{"scripts":{}}""", false)]
    [InlineData("{}", "no json", true)]
    [InlineData("{}", null, true)]
    [InlineData(null, """{"scripts":["postinstall"]}""", false)]
    public void A_manifest_executes_later_by_what_installing_runs(string? before, string? after, bool applies) =>
        Assert.Equal(applies, LaterExecution.InContent(before, after) is not null);

    [Fact]
    public void What_was_committed_is_not_chosen_again()
    {
        ImmutableArray<TreeChange> changes =
            [Added("new", Folder), Added("new/a", File), Added("new/b", File), Deleted("was", File)];
        var parts = new CommittedParts(1, ["new/a"], Rest: true);

        Assert.Equal(["new/b", "was"], TreeSelection.Without(changes, parts).Select(c => c.Path));
        Assert.Empty(TreeSelection.Without(changes, parts with { Rest = false }));
        Assert.Equal(changes, TreeSelection.Without(changes, null));
    }

    [Fact]
    public void A_repositorys_own_folder_is_harmless_and_a_link_in_its_place_is_not()
    {
        Assert.False(LaterExecution.Applies(".git", EntryKind.Directory));
        Assert.True(LaterExecution.Applies(".git", EntryKind.Link));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("a/b", true)]
    [InlineData("", false)]
    [InlineData("/a", false)]
    [InlineData("a/", false)]
    [InlineData("a//b", false)]
    [InlineData("../a", false)]
    [InlineData("a/../b", false)]
    [InlineData("./a", false)]
    public void A_path_is_written_in_one_way(string path, bool isOne) =>
        Assert.Equal(isOne, TreeSelection.IsPath(path));

    [Fact]
    public void A_selection_brings_the_folders_it_needs_and_nothing_beside_them()
    {
        ImmutableArray<TreeChange> changes =
        [
            Added("new", Folder), Added("new/a", File), Added("new/b", File), Deleted("was", File),
            Added("was", Folder), Added("was/in", File), Added("newer", File),
        ];

        Assert.Equal(["new", "new/a"], TreeSelection.Of(changes, ["new/a"]).Select(c => c.Path));
        Assert.Equal(["was", "was", "was/in"], TreeSelection.Of(changes, ["was/in"]).Select(c => c.Path));
        Assert.Equal(["new", "new/a", "new/b"], TreeSelection.Of(changes, ["new"]).Select(c => c.Path));
        Assert.Equal(changes, TreeSelection.Of(changes, []));
        Assert.Equal(
            ["d/e"], TreeSelection.Of([Deleted("d", Folder), Deleted("d/e", File)], ["d/e"]).Select(c => c.Path));
        Assert.Empty(TreeSelection.Of(changes, ["nothing"]));
    }

    [Fact]
    public void Folders_are_opened_first_emptied_from_below_filled_from_above_and_closed_last()
    {
        var closed = Folder with { Mode = 0x140 };
        ImmutableArray<TreeChange> changes =
        [
            Added("a", closed), Added("a/b", File), Deleted("d", closed), Deleted("d/e", File),
            new("m", ChangeKind.Modified, closed, Folder), Deleted("k", File), Added("k", Folder),
        ];

        var steps = TreePlan.Order(changes).Select(s => $"{s.Path} {Short(s.From)} {Short(s.To)}");

        Assert.Equal(
            [
                "d d500 d700", "m d500 d755", "d/e f -", "d d700 -", "k f -", "a - d700", "k - d755", "a/b - f",
                "a d700 d500",
            ], steps);
    }

    [Fact]
    public void Where_a_step_stands_is_told_by_what_is_there()
    {
        ImmutableArray<TreeStep> steps = [new("k", File, null), new("k", null, Folder)];
        Assert.Equal(
            [StepState.Ahead, StepState.Behind, StepState.Behind, StepState.Foreign],
            ((TreeEntry?[])[File, null, Folder, Other]).Select(found => (StepState?)TreePlan.Stand(steps, 0, found))
                .Select(s => s!.Value));
        Assert.Equal(
            [StepState.Foreign, StepState.Ahead, StepState.Behind, StepState.Foreign],
            ((TreeEntry?[])[File, null, Folder, Other]).Select(found => (StepState?)TreePlan.Stand(steps, 1, found))
                .Select(s => s!.Value));
    }

    [Fact]
    public void Conflicts_are_paths_that_are_not_as_they_were_and_changes_since_those_not_as_they_were_left()
    {
        ImmutableArray<TreeStep> steps = [new("a", File, Other), new("b", null, File), new("c", File, null)];
        Assert.Equal(["a", "b"], TreePlan.Conflicts(steps, path => path == "c" ? File : Folder));
        Assert.Equal(["b", "c"], TreePlan.ChangedSince(steps, path => path == "a" ? Other : Folder));
    }

    [Theory]
    [InlineData(EntryKind.Special, 0, true)]
    [InlineData(EntryKind.File, 0x9ED, true)]
    [InlineData(EntryKind.File, 0x5ED, true)]
    [InlineData(EntryKind.File, 0x1ED, false)]
    [InlineData(EntryKind.Directory, 0x5ED, false)]
    [InlineData(EntryKind.Link, 0, false)]
    public void Devices_pipes_and_set_user_files_are_refused(EntryKind kind, int mode, bool refused) =>
        Assert.Equal(refused, TreeChange.Objection(new TreeEntry(kind, mode, 0, null, null)) is not null);

    static TreeChange Added(string path, TreeEntry entry) => new(path, ChangeKind.Added, null, entry);

    static TreeChange Deleted(string path, TreeEntry entry) => new(path, ChangeKind.Deleted, entry, null);

    static string Short(TreeEntry? entry) => entry switch
    {
        null => "-",
        { Kind: EntryKind.Directory } => "d" + Convert.ToString(entry.Mode, 8),
        _ => entry.Digest!,
    };
}
