using System.Text.Json;
using Writ.Requests;
using Writ.Shell;
using Writ.Testing;

namespace Writ.Tests.Shell;

public sealed class ProgramTableTests
{
    static readonly string[] ReadVerbs = [Verbs.FsRead, Verbs.RepoRead, Verbs.InfraRead, Verbs.ServiceRead];

    [Theory]
    [InlineData("ls -la", "fs.read")]
    [InlineData("git status", "repo.read")]
    [InlineData("git --no-pager log -5", "repo.read")]
    [InlineData("git commit -m x", "fs.write")]
    [InlineData("git push origin main", "repo.write")]
    [InlineData("git push --force origin main", "repo.delete repo.write")]
    [InlineData("git push origin :main", "repo.delete repo.write")]
    [InlineData("git reset --hard", "fs.delete")]
    [InlineData("git branch", "repo.read")]
    [InlineData("git branch new", "fs.write")]
    [InlineData("terraform version", "infra.read")]
    [InlineData("terraform apply", "infra.write")]
    [InlineData("terraform apply -destroy", "infra.delete infra.write")]
    [InlineData("terraform apply --destroy=true", "infra.delete infra.write")]
    [InlineData("terraform state rm x", "infra.delete infra.write")]
    [InlineData("kubectl get pods", "service.read")]
    [InlineData("kubectl get secrets", "secret.read")]
    [InlineData("kubectl delete pod x", "infra.delete service.write")]
    [InlineData("rm -rf x", "fs.delete")]
    [InlineData("cp a b", "fs.write")]
    [InlineData("cat .env", "fs.read secret.read")]
    [InlineData("grep --file=.env x", "fs.read secret.read")]
    [InlineData("curl https://x.example", "net.connect")]
    [InlineData("npm-like-thing", "unknown?")]
    [InlineData("git show HEAD:.env", "secret.read")]
    [InlineData("git log -p -SAKIA", "secret.read")]
    [InlineData("terraform state pull", "infra.read secret.read")]
    [InlineData("terraform output -json", "infra.read secret.read")]
    [InlineData("terraform output", "infra.read")]
    [InlineData("kubectl get --raw /healthz", "unknown?")]
    [InlineData("grep -rn AKIA /", "fs.read secret.read")]
    [InlineData("grep -rn x src", "fs.read")]
    [InlineData("echo -e \\e[8mx", "unknown?")]
    [InlineData("printf a\\n", "fs.read")]
    [InlineData("pip install x", "package.install")]
    [InlineData("sudo id", "privilege.raise?")]
    [InlineData("python3 x.py", "code.run?")]
    [InlineData("sed 1e x", "code.run?")]
    [InlineData("git -c alias.x=y x", "code.run?")]
    [InlineData("git log --output=x", "code.run?")]
    [InlineData("git frob", "unknown?")]
    [InlineData("terraform frob", "unknown?")]
    [InlineData("kubectl exec x", "code.run?")]
    [InlineData("kubectl --context x get pods", "unknown?")]
    [InlineData("kubectl get pods --context x", "unknown?")]
    [InlineData("kubectl get pods --kubeconfig=/tmp/x", "unknown?")]
    [InlineData("kubectl get pods -s https://x.example", "unknown?")]
    public void A_command_has_these_effects(string line, string effects)
    {
        var words = line.Split(' ');
        var (found, unresolved) = ProgramTable.Understand(words[0], [.. words[1..]]);
        var verbs = string.Join(' ', found.Select(e => e.Verb).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(effects, verbs + (unresolved.IsEmpty ? "" : "?"));
    }

    [Fact]
    public void Only_what_is_labelled_a_safe_read_comes_out_as_nothing_but_reads()
    {
        var path = SharedData.Require("data/commands-dev.jsonl");
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var plain = 0;
        var wrong = new List<string>();
        foreach (var row in File.ReadLines(path))
        {
            using var json = JsonDocument.Parse(row);
            var line = json.RootElement.GetProperty("command").GetString()!;
            var label = json.RootElement.GetProperty("label").GetString();
            if (PlainWords.Split(line) is not { } words)
                continue;
            plain++;
            var program = words[0].Contains('/', StringComparison.Ordinal) ? words[0] : "/usr/bin/" + words[0];
            var facts = RequestFacts.Of(new Request(
                new RequestId("r"), terms.Id, new Ask.Exec(words), Assurance.Brokered, terms.WorkTree, [],
                program, new string('a', 64), OutsidePath: false, null), terms);
            if (label != "safe-read" && facts.Unresolved.IsEmpty && facts.Effects.All(e => ReadVerbs.Contains(e.Verb)))
                wrong.Add($"{label}: {line}");
        }
        Assert.True(plain > 100, $"only {plain} plain lines");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void A_line_of_shell_and_an_unknown_program_are_never_without_a_doubt()
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var request = new Request(new RequestId("r"), terms.Id, new Ask.ShellLine("ls"), Assurance.Brokered,
            "/home/agent/work",
            [], "/usr/bin/ls", new string('a', 64), OutsidePath: false, null);
        Request[] doubtful =
        [
            request,
            request with { Ask = new Ask.Exec(["ls"]), Executable = null },
            request with { Ask = new Ask.Exec(["ls"]), Executable = "/home/agent/work/ls" },
            request with { Ask = new Ask.Exec(["ls"]), Executable = "/tmp/ls" },
            request with { Ask = new Ask.Exec(["ls"]), OutsidePath = true },
            request with { Ask = new Ask.Exec(["./ls"]), Executable = "/usr/bin/bash" },
            request with { Ask = new Ask.Exec(["/usr/bin/../../home/agent/work/ls"]), Executable = "/usr/bin/bash" },
            request with { Ask = new Ask.Exec(["ls"]), Executable = "/usr/bin/../../home/agent/work/ls" },
        ];
        foreach (var one in doubtful)
            Assert.NotEmpty(RequestFacts.Of(one, terms).Unresolved);
        Assert.Empty(RequestFacts.Of(request with { Ask = new Ask.Exec(["ls"]) }, terms).Unresolved);
    }

    [Theory]
    [InlineData("sudo", "privilege.raise")]
    [InlineData("curl", "net.connect")]
    [InlineData("./sudo", "unknown")]
    public void A_program_that_this_machine_lacks_still_means_what_its_name_says(string program, string verb)
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var facts = RequestFacts.Of(new Request(
            new RequestId("r"), terms.Id, new Ask.Exec([program, "x"]), Assurance.Brokered, terms.WorkTree, [], null,
            null, OutsidePath: false, null), terms);
        Assert.Contains(facts.Effects, e => e.Verb == verb);
        Assert.Contains(facts.Unresolved, u => u.Where == "program");
    }
}
