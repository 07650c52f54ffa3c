using System.Collections.Immutable;
using Writ.Shell.Syntax;

namespace Writ.Shell.Resolving;

/// <summary>One walk over the trees of a line, with what it has found.</summary>
sealed partial class ResolveWalk
{
    readonly ImmutableArray<ResolvedCommand>.Builder _commands = ImmutableArray.CreateBuilder<ResolvedCommand>();
    readonly ImmutableArray<CommandFlow>.Builder _flows = ImmutableArray.CreateBuilder<CommandFlow>();
    readonly ImmutableArray<UnresolvedPart>.Builder _unresolved = ImmutableArray.CreateBuilder<UnresolvedPart>();
    readonly List<VariableRead> _reads = [];

    bool _isBeyond;

    // Inside of [[ ]], where what is looked at is not shown.
    bool _isInTest;

    // The files whose names stand on standard input, one a line.
    ImmutableArray<string>? _listed;

    // Functions whose body has been resolved at a call.
    readonly HashSet<FunctionDefinition> _called = [];
    readonly List<(FunctionDefinition Function, ShellState State, ResolveScope Scope)> _defined = [];

    public ResolvedLine Finish()
    {
        // What is defined and not called may still be: by an unknown command, a trap, a prompt.
        for (var i = 0; i < _defined.Count; i++)
        {
            var (function, state, scope) = _defined[i];
            if (_called.Contains(function))
                continue;
            state.ForgetVariables();
            state.Positions = null;
            ResolveCommand(function.Body, state, scope.In(CommandPlace.Function));
        }
        AddFileFlows();
        return new ResolvedLine(
            _commands.ToImmutable(), _flows.ToImmutable(), _unresolved.ToImmutable(), [.. _reads]);
    }

    public void Unresolve(string code, SourceSpan span, string what, string? file = null)
    {
        if (_unresolved.Count < ResolveLimits.CommandsMax)
            _unresolved.Add(new UnresolvedPart(code, _codeSpan ?? span, what, file));
    }

    public void ResolveScript(Script script, ShellState state, ResolveScope scope)
    {
        foreach (var line in script.Lines)
            ResolveList(line, state, scope);
    }

    bool IsWithinLimits(ResolveScope scope, SourceSpan span)
    {
        if (scope.Depth <= ResolveLimits.DepthMax && _commands.Count < ResolveLimits.CommandsMax)
            return true;
        // Said once: everything from here on is beyond it.
        if (!_isBeyond)
            Unresolve(UnresolvedCodes.Limit, span, "more code inside of code, or more commands, than is followed");
        _isBeyond = true;
        return false;
    }

    void ResolveList(CommandList list, ShellState state, ResolveScope scope)
    {
        foreach (var item in list.Items)
        {
            if (!IsWithinLimits(scope, item.Span))
                return;
            if (item.Terminator == ListTerminator.Background)
            {
                ResolveChain(item.Links, state.Copy(), scope.In(CommandPlace.Background));
                continue;
            }
            var directory = state.Directory;
            ResolveChain(item.Links, state, scope);
            // `cd` may fail, and what follows runs where it ran before, unless the line ends then.
            if (state.Directory != directory && !EndsOnFailure(item.Links))
            {
                state.TriedDirectory = state.Directory ?? state.TriedDirectory;
                state.Directory = null;
            }
        }
    }

    static bool EndsOnFailure(ImmutableArray<ChainLink> links) => links.Length == 2
        && links[1] is { Condition: ChainCondition.Failure, Pipeline.Stages: [{ Command: SimpleCommand last }] }
        && last.Words is [var word, ..] && word.ConstantValue is "exit" or "return";

    void ResolveChain(ImmutableArray<ChainLink> links, ShellState state, ResolveScope scope)
    {
        ResolvePipeline(links[0].Pipeline, state, scope);
        if (links.Length == 1)
            return;
        // Each further link runs or does not; after nothing but `&&` it runs only after all before it did.
        var reached = state.Copy();
        var isConjunction = true;
        for (var i = 1; i < links.Length; i++)
        {
            isConjunction &= links[i].Condition == ChainCondition.Success;
            if (!isConjunction)
                reached = state.Copy();
            ResolvePipeline(links[i].Pipeline, reached, scope.In(CommandPlace.Conditional));
            state.Join(reached);
        }
    }

    void ResolvePipeline(Pipeline pipeline, ShellState state, ResolveScope scope)
    {
        if (pipeline.Stages.Length == 1)
        {
            ResolveCommand(pipeline.Stages[0].Command, state, scope);
            return;
        }
        var from = _commands.Count;
        var to = from;
        string? input = null;
        for (var i = 0; i < pipeline.Stages.Length; i++)
        {
            var stage = pipeline.Stages[i];
            var inner = scope.In(CommandPlace.Pipeline) with { Input = i == 0 ? scope.Input : input };
            var outer = _listed;
            if (i > 0)
                _listed = to > from && stage.Command is not SimpleCommand
                    && pipeline.Stages[i - 1].Command is SimpleCommand
                    ? ListedFiles.Of(_commands, _flows, to - 1)
                    : null;
            ResolveCommand(stage.Command, state.Copy(), inner);
            _listed = outer;
            AddFlows(from, to, to, _commands.Count, i == 0 ? null : FlowKind.Pipe);
            (from, to) = (to, _commands.Count);
            input = KnownOutput.Of(stage.Command, state, i == 0 ? scope.Input : input, isFirst: i == 0);
        }
    }

    void AddFlows(int from, int fromEnd, int to, int toEnd, FlowKind? kind)
    {
        for (var i = from; kind is not null && i < fromEnd; i++)
            for (var j = to; j < toEnd; j++)
            {
                if (_flows.Count == ResolveLimits.FlowsMax)
                {
                    Unresolve(UnresolvedCodes.Limit, _commands[j].Span, "more flows than are followed");
                    return;
                }
                _flows.Add(new CommandFlow(i, j, kind.Value));
            }
    }

    // A file that one command writes by redirection and a later one names.
    void AddFileFlows()
    {
        var writers = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < _commands.Count; i++)
        {
            foreach (var name in writers.Count == 0 ? [] : Named(_commands[i]))
                if (writers.TryGetValue(name, out var found))
                    foreach (var writer in found)
                        AddFlows(writer, writer + 1, i, i + 1, FlowKind.File);
            foreach (var redirection in _commands[i].Redirections)
                if (Writes(redirection.Operator) && Path(_commands[i], redirection.Target) is { } path)
                    (writers.TryGetValue(path, out var list) ? list : writers[path] = []).Add(i);
        }
    }

    static bool Writes(RedirectionOperator kind) => kind is RedirectionOperator.Write or RedirectionOperator.WriteForced
        or RedirectionOperator.Append or RedirectionOperator.WriteBoth or RedirectionOperator.AppendBoth
        or RedirectionOperator.ReadWrite or RedirectionOperator.DuplicateOutput;

    static IEnumerable<string> Named(ResolvedCommand command) => command.Arguments
        .Concat(command.Redirections.Where(r => !Writes(r.Operator)).Select(r => r.Target))
        .Select(a => Path(command, a)).OfType<string>().Distinct();

    static string? Path(ResolvedCommand command, ResolvedArgument argument) =>
        argument.Value is { Length: > 0 } value ? ShellPath.Combine(command.Directory ?? "", value) : null;
}
