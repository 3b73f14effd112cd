// What is shown where the page itself fails, instead of nothing.
import { Component, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useWords } from '../words';

export class Stumble extends Component<{ children: ReactNode }, { stumbled: boolean }> {
  override state = { stumbled: false };

  static getDerivedStateFromError() {
    return { stumbled: true };
  }

  override render() {
    return this.state.stumbled ? <Stumbled /> : this.props.children;
  }
}

function Stumbled() {
  const say = useWords();
  return (
    <main className="door">
      <div className="card" role="alert">
        <p>{say.broken}</p>
        <Button className="main" onPress={() => location.reload()}>
          {say.reload}
        </Button>
      </div>
    </main>
  );
}
