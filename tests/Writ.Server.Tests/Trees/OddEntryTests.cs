using System.Diagnostics;
using Writ.Linux;
using Writ.Server.Trees;
using Writ.Testing;
using Writ.Trees;

namespace Writ.Server.Tests.Trees;

/// <summary>What is no plain file: each of it is shown or refused, and nothing of it is left out in silence.</summary>
public sealed class OddEntryTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("writ-odd-").FullName;

    string Tree => Directory.CreateDirectory(Path.Combine(_root, "tree")).FullName;

    string Layer => Directory.CreateDirectory(Path.Combine(_root, "layer")).FullName;

    public static TheoryData<string, string> Scripts => new()
    {
        { "mkfifo x", "Refused x: it is a device, a socket or a pipe" },
        { "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('x')\"",
            "Refused x: it is a device, a socket or a pipe" },
        { "cp /usr/bin/true x; chmod 2755 x",
            "Refused x: it would run with the rights of its owner (set-user or set-group bit)" },
        { "mknod x c 1 3", "Refused x: it is a device, a socket or a pipe" },
        { "echo a > x; python3 -c 'import os; os.setxattr(\"x\", \"user.note\", b\"v\")'",
            "Added x (not kept: user.note)" },
        { "mkdir x; python3 -c 'import os; os.setxattr(\"x\", \"user.note\", b\"v\")'",
            "Added x (not kept: user.note)" },
        { "echo a > x; ln x y",
            "Added x (one of 2 names of one file; each becomes a file of its own)\n"
            + "Added y (one of 2 names of one file; each becomes a file of its own)" },
        { "truncate -s 8M x", "Added x (has holes: 0 bytes on disk)" },
        { "ln -s /etc/shadow x", "Added x" },
        { "cp /usr/bin/true x; setcap cap_net_raw+ep x", "Refused x: it would run with capabilities of its own" },
        { "mkdir bare; cd bare; mkdir objects refs hooks; touch HEAD config hooks/update objects/o refs/r",
            "Added bare\nAdded bare/HEAD\nAdded bare/config later\nAdded bare/hooks later\n"
            + "Added bare/hooks/update later\nAdded bare/objects\nAdded bare/objects/o\nAdded bare/refs\n"
            + "Added bare/refs/r" },
        { "echo '{\"scripts\":{\"postinstall\":\"sh x\"}}' > package.json", "Added package.json later" },
        { "echo '{\"scripts\":{\"test\":\"sh x\"}}' > package.json", "Added package.json" },
        { "ln -s /tmp/other package.json", "Added package.json later" },
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void What_a_command_made_is_shown_or_refused(string script, string expected)
    {
        _ = Tree;
        var tool = script.Contains("setcap", StringComparison.Ordinal) ? "setcap"
            : null;
        if (tool is not null && !((string[])["/usr/bin", "/usr/sbin"]).Any(f => File.Exists(Path.Combine(f, tool))))
            Assert.Skip($"{tool} is not installed");
        if ((script.Contains("mknod", StringComparison.Ordinal) || tool == "setcap") && ThisProcess.EffectiveUid != 0)
            Assert.Skip("only root can make it");
        Bash(Layer, script);

        Assert.Equal(expected, string.Join('\n', Listed()));
    }

    [Fact]
    public void A_repository_that_was_there_before_is_known_by_what_is_below()
    {
        Bash(Tree, "mkdir bare; cd bare; mkdir objects refs; touch HEAD config");
        Bash(Layer, "mkdir bare; cd bare; mkdir hooks objects; touch hooks/update objects/o");

        Assert.Equal(
            ["Added bare/hooks later", "Added bare/hooks/update later", "Added bare/objects/o"], Listed());
    }

    [Fact]
    public void Other_names_of_a_file_that_is_replaced_are_told_of()
    {
        Bash(Tree, "echo a > x; ln x y");
        Bash(Layer, "echo b > x");

        Assert.Equal(["Modified x (had 2 names; the others keep what it was)"], Listed());
    }

    [Fact]
    public void A_repository_as_the_whole_tree_is_known_too()
    {
        Bash(Tree, "mkdir objects refs; touch HEAD");
        Bash(Layer, "echo x > config");

        Assert.Equal(["Added config later"], Listed());
    }

    [Fact]
    public async Task Folders_that_were_renamed_are_committed_with_all_that_is_in_them()
    {
        await using var world = await HeldWorld.Create();
        var (_, tree) = await world.OpenSession();
        HeldWorld.Fill(tree, null);
        Bash(tree, "mkdir -p deep/er; echo in > deep/er/file; echo beside > deep/beside");
        var before = TreeText.Of(tree);

        var ended = await world.Run(tree, null, "mv deep moved; mv folder deep; mv moved/er .");
        Assert.True(ended.Exit == 0, ended.Error);
        var held = world.State.Held.Values.Single();
        Assert.Equal(
            [
                "Deleted deep/beside", "Deleted deep/er", "Deleted deep/er/file", "Added deep/first", "Added er",
                "Added er/file", "Deleted folder", "Deleted folder/first", "Added moved", "Added moved/beside",
            ],
            world.List(held).Select(c => $"{c.Kind} {c.Path}"));

        Assert.Null((await world.Commit(held, AgentWorld.Ada)).Code);

        Assert.Equal("in\n", await File.ReadAllTextAsync(Path.Combine(tree, "er/file")));
        Assert.Equal(["first"], Directory.GetFileSystemEntries(Path.Combine(tree, "deep")).Select(Path.GetFileName));
        Assert.Equal(
            ["beside"], Directory.GetFileSystemEntries(Path.Combine(tree, "moved")).Select(Path.GetFileName));
        Assert.False(Path.Exists(Path.Combine(tree, "folder")));
        Assert.Null((await world.Undo(held, AgentWorld.Ada)).Code);
        Assert.Equal(before, TreeText.Of(tree));
    }

    public void Dispose() => TreeRemoval.Remove(_root);

    List<string> Listed()
    {
        using var root = TreeFolder.Open(_root);
        File.WriteAllText(Path.Combine(_root, "began"), "");
        var (changes, problem) = TreeComparison.Of(Tree, Layer, root.TryFacts("began")!.Value);
        Assert.Null(problem);
        return
        [
            .. changes.Select(c => $"{c.Change.Kind} {c.Change.Path}"
                + (c.Change.ExecutesLater ? " later" : "")
                + (c.Change.Why is { } why ? $": {why}" : c.Note is { } note ? $" ({note})" : "")),
        ];
    }

    static void Bash(string folder, string script)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-ec", script]) { WorkingDirectory = folder };
        using var bash = Process.Start(start)!;
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
    }
}
